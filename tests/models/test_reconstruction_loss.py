"""The masked loss and its gradient against a loop over pixels."""

import itertools

import pytest
import torch

from ce_plugin.errors import InputError
from ce_plugin.models import (
    AdversarialLoss,
    ReconstructionLoss,
    generator_lr_factor,
    joint_weights,
)


def slow(prediction, target, mask, criterion, region, overlap, normalizer):
    """Loss and gradient, written from the formulas, a pixel at a time."""
    b, c, h, w = prediction.shape
    grad = torch.zeros_like(prediction)
    total, counted = 0.0, 0
    for i, y, x in itertools.product(range(b), range(h), range(w)):
        inside = overlap <= y < h - overlap and overlap <= x < w - overlap
        hole = bool(mask[i, 0, y, x])
        weight = {"hole": float(hole), "full": 1.0, "known10x": 1.0 if hole else 10.0}[
            region
        ]
        if not inside:
            weight = 10.0
        for ch in range(c):
            e = float(prediction[i, ch, y, x] - target[i, ch, y, x])
            total += weight * (e * e if criterion == "l2" else abs(e))
            grad[i, ch, y, x] = weight * (
                2 * e if criterion == "l2" else (e > 0) - (e < 0)
            )
            counted += weight > 0
    n = {"elements": b * c * h * w, "batch": b, "region": counted}[normalizer]
    return total / n, grad / n


@pytest.mark.parametrize("criterion", ["l2", "l1"])
@pytest.mark.parametrize("region", ["hole", "full", "known10x"])
@pytest.mark.parametrize("overlap", [0, 2])
@pytest.mark.parametrize("normalizer", ["region", "elements", "batch"])
def test_against_the_loop(criterion, region, overlap, normalizer):
    g = torch.Generator().manual_seed(1)
    prediction = torch.randn(2, 3, 9, 8, generator=g, dtype=torch.float64)
    target = torch.randn(2, 3, 9, 8, generator=g, dtype=torch.float64)
    mask = torch.rand(2, 1, 9, 8, generator=g) < 0.4
    prediction.requires_grad_()
    loss = ReconstructionLoss(criterion, region, overlap, normalizer=normalizer)
    value = loss(prediction, target, mask)
    value.backward()
    expected, grad = slow(
        prediction.detach(), target, mask, criterion, region, overlap, normalizer
    )
    assert value.item() == pytest.approx(expected, rel=1e-6)
    torch.testing.assert_close(prediction.grad, grad, rtol=1e-6, atol=1e-9)


def test_released_centre_weights():
    """Mean W at lambda .999, the ring's share, and the gradient at a ring pixel."""
    lam, _ = joint_weights(0.999)
    loss = ReconstructionLoss(region="full", overlap=4, normalizer="elements")
    zero = torch.zeros(1, 3, 64, 64, dtype=torch.float64)
    mask = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    mask[..., 4:60, 4:60] = True
    assert lam * loss(zero + 1, zero, mask).item() == pytest.approx(
        3.106265625, abs=1e-9
    )
    weight = loss.weight(mask)
    ring = weight[..., :][~mask]
    assert ring.numel() == 960 and mask.sum() == 3136
    assert ring.sum() / weight.sum() == pytest.approx(9600 / 12736)

    error = 0.3
    prediction = (zero + error).requires_grad_()
    (lam * loss(prediction, zero, mask)).backward()
    assert prediction.grad[0, 1, 0, 30].item() == pytest.approx(
        9.99 * 2 * error / 12288
    )
    assert prediction.grad[0, 1, 30, 30].item() == pytest.approx(
        0.999 * 2 * error / 12288
    )
    # In the centre mode the known pixels of the window are the ring.
    known = ReconstructionLoss(region="known10x", normalizer="elements")
    assert torch.equal(known.weight(mask), weight)


def test_weight_rules_of_the_released_code():
    assert joint_weights(0.999) == (0.999, pytest.approx(0.001))
    assert joint_weights(0.0) == (0.0, 1.0)
    assert joint_weights(1.0) == (1.0, 1.0)
    assert joint_weights(3.0) == (3.0, 1.0)
    assert [generator_lr_factor(w) for w in (0, 1e-6, 0.5, 0.999, 1, 2)] == [
        1,
        10,
        10,
        10,
        1,
        1,
    ]
    for wrong in (-0.1, float("nan")):
        with pytest.raises(InputError, match="reconstruction_weight"):
            joint_weights(wrong)


def test_a_batch_without_holes_counts_for_nothing():
    prediction = torch.rand(2, 3, 8, 8, requires_grad=True)
    mask = torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    value = ReconstructionLoss()(prediction, torch.rand(2, 3, 8, 8), mask)
    value.backward()
    assert value.item() == 0 and not prediction.grad.any()


def test_patch_target_has_mean_0_and_deviation_1():
    g = torch.Generator().manual_seed(0)
    loss = ReconstructionLoss(target="patch", patch_size=4)
    x = torch.rand(2, 3, 8, 12, generator=g) * 3 + 5
    patches = loss.normalized_patches(x).unfold(2, 4, 4).unfold(3, 4, 4)
    assert patches.mean(dim=(1, 4, 5)).abs().max() < 1e-5
    values = patches.permute(0, 2, 3, 1, 4, 5).flatten(3)
    torch.testing.assert_close(
        values.std(dim=3), torch.ones(2, 2, 3), atol=1e-4, rtol=0
    )
    mask = torch.ones(2, 1, 8, 12, dtype=torch.bool)
    assert loss(loss.normalized_patches(x), x, mask).item() == 0
    with pytest.raises(InputError, match="patches of 5"):
        ReconstructionLoss(target="patch", patch_size=5)(x, x, mask)


def test_adversarial_loss_is_binary_cross_entropy():
    logits = torch.tensor([[-30.0], [-1.5], [0.0], [2.0], [40.0]], dtype=torch.float64)
    for real in (True, False):
        target = torch.full_like(logits, float(real))
        expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
        torch.testing.assert_close(AdversarialLoss()(logits, real), expected)
    low = AdversarialLoss()(torch.tensor([[-200.0]], dtype=torch.bfloat16), real=True)
    assert low.dtype == torch.float32 and low.item() == 200


@pytest.mark.parametrize(
    "kwargs",
    [
        dict(criterion="l3"),
        dict(region="holes"),
        dict(normalizer="mean"),
        dict(target="pixels"),
        dict(overlap=-1),
        dict(patch_size=0),
    ],
)
def test_wrong_arguments(kwargs):
    with pytest.raises(InputError, match=next(iter(kwargs))):
        ReconstructionLoss(**kwargs)


def test_a_ring_that_leaves_nothing():
    x = torch.zeros(1, 3, 8, 8)
    with pytest.raises(InputError, match="overlap of 4 px"):
        ReconstructionLoss(overlap=4)(x, x, torch.ones(1, 1, 8, 8, dtype=torch.bool))
