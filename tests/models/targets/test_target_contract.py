"""What every registered target keeps; a row of ``TARGETS`` takes one in."""

import io

import pytest
import torch
from models.pretext_cases import RESNET
from models.targets.cases import TARGETS, pictures, registered
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

NAMES = sorted(registered())
every_target = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A file with an untrained encoder."""
    from mmengine.config import Config

    from ce_plugin.checkpoints import encoder_meta, export_encoder

    model = build_model(dict(type="RotationPrediction", backbone=RESNET))
    cfg = Config(
        dict(
            model=dict(type="RotationPrediction", backbone=RESNET),
            train_dataloader=dict(batch_size=4),
        )
    )
    path = tmp_path_factory.mktemp("encoder") / "encoder.pth"
    export_encoder(model.backbone, path, encoder_meta(model, cfg, {}, 1, 0))
    return path


@pytest.fixture
def make(encoder):
    """Builds a target as a pretext task would."""

    def built(name: str, fitted: bool = True):
        if name not in TARGETS:
            pytest.fail(
                f"{name} is registered as a target, but TARGETS in "
                "tests/models/targets/cases.py has no row for it"
            )
        case = TARGETS[name]
        extra = dict(checkpoint=str(encoder)) if case.file else {}
        torch.manual_seed(0)
        target = MODELS.build(dict(type=name) | case.config | extra)
        preprocessor = MODELS.build(dict(type="InpaintingPreprocessor"))
        target.attach(MODELS.build(dict(RESNET)), preprocessor)
        if fitted:
            target.fit([pictures(8, 1), pictures(8, 2)], seed=0)
        return target.eval()

    return built


def test_every_row_is_a_target():
    assert set(TARGETS) <= set(NAMES)


@every_target
def test_descriptions_fit_cells_and_channels(name, make):
    target, batch = make(name), pictures(4)
    described = target(batch)
    assert len(described) == 4 and not described.requires_grad
    if target.cell is None:
        assert described.shape == (4, target.channels)
        return
    grid = (batch.shape[-2] // target.cell, batch.shape[-1] // target.cell)
    assert described.shape[-2:] == grid
    if described.ndim == 4:
        assert described.shape[1] == target.channels
        assert torch.isfinite(described).all()
    else:
        assert described.dtype == torch.int64
        assert described.min() >= 0 and described.max() < target.channels


@every_target
def test_a_picture_is_described_by_itself(name, make):
    target, batch = make(name), pictures(4)
    if not TARGETS[name].keeps_order:
        pytest.skip("what else is in the batch counts")
    order = [2, 0, 3, 1]
    whole, mixed = target(batch), target(batch[order])
    if whole.is_floating_point():
        torch.testing.assert_close(mixed, whole[order])
    else:
        assert torch.equal(mixed, whole[order])


@every_target
def test_the_best_prediction_has_the_least_loss(name, make):
    target = make(name)
    described = target(pictures(4))
    weight = torch.ones(4, 1, *(described.shape[-2:] if target.cell else (1, 1)))
    best = TARGETS[name].best(described)
    shape = best.shape
    least = target.compare(best, described, weight)
    assert least.ndim == 0 and torch.isfinite(least)
    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        other = torch.randn(shape, generator=generator).requires_grad_()
        loss = target.compare(other, described, weight)
        loss.backward()
        assert loss > least and torch.isfinite(other.grad).all()
        assert other.grad.abs().sum() > 0


@every_target
def test_only_cells_that_count_do(name, make):
    target = make(name)
    if target.cell is None:
        pytest.skip("it is of the whole picture")
    described = target(pictures(4))
    weight = torch.zeros(4, 1, *described.shape[-2:])
    weight[..., ::2] = 1.0
    best = TARGETS[name].best(described)
    prediction = best.clone() + torch.randn(
        best.shape, generator=torch.Generator().manual_seed(0)
    )
    prediction.requires_grad_()
    loss = target.compare(prediction, described, weight)
    loss.backward()
    silent = (weight == 0).expand_as(prediction)
    assert (prediction.grad[silent] == 0).all()
    assert (prediction.grad[~silent] != 0).any()
    moved = torch.where(silent, prediction.detach() + 7, prediction.detach())
    torch.testing.assert_close(target.compare(moved, described, weight), loss.detach())
    nothing = target.compare(prediction, described, torch.zeros_like(weight))
    assert nothing.item() == 0


@every_target
def test_it_has_a_picture(name, make):
    target = make(name)
    described = target(pictures(2))
    for what in (described, TARGETS[name].best(described)):
        shown = target.show(what, (64, 48))
        assert shown.shape == (2, 3, 64, 48)
        assert shown.min() >= 0 and shown.max() <= 1
        assert shown.std() > 0


@every_target
def test_what_is_fitted_comes_from_pictures_and_seed_and_is_kept(name, make):
    fresh = make(name, fitted=False)
    if fresh.ready:
        pytest.skip("nothing is fitted")
    with pytest.raises(InputError, match="TargetFitHook"):
        fresh(pictures(2))
    first, again = make(name), make(name)
    for key, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[key]), key
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    fresh.load_state_dict(torch.load(file, weights_only=True))
    assert fresh.ready
    assert torch.equal(fresh(pictures(2)), first(pictures(2)))


def test_another_pictures_target_is_the_next_ones(make):
    target = make("OtherPicture")
    batch = pictures(4)
    assert torch.equal(target(batch)[:-1], target.target(batch[1:]))
    assert torch.equal(target(batch)[-1:], target.target(batch[:1]))
    with pytest.raises(InputError, match="a batch of one picture has no other one"):
        target(batch[:1])
    with pytest.raises(InputError, match="a Linear, which is no target"):
        MODELS.build(dict(type="OtherPicture", of=torch.nn.Linear(1, 1)))
