"""The Context Encoder: what it fills and refuses, and that it learns every hole."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from tiny import RELEASED, batch, build_model, build_optim, dcgan_config

from ce_plugin.errors import InputError
from ce_plugin.models.layers import init_dcgan
from ce_plugin.registry import MASKS
from ce_plugin.structures import PretextSample


def test_l2_only_has_one_optimizer():
    model = build_model(dcgan_config(joint=False))
    log = model.train_step(batch(), build_optim(model))
    assert set(log) == {"loss", "loss_reconstruction", "mse"}
    torch.testing.assert_close(log["loss"].detach(), log["mse"])


@pytest.mark.parametrize("window", ["center", "full"])
def test_prediction_changes_the_hole_only(window):
    model = build_model(dcgan_config(window=window)).eval()
    data = batch(n=2, overlap=4)
    pictures = data["inputs"].float() / 255
    for i, sample in enumerate(model.val_step(data)):
        mask = sample.mask.expand(3, -1, -1)
        torch.testing.assert_close(sample.target, pictures[i])
        assert torch.equal(sample.composite[~mask], sample.target[~mask])
        torch.testing.assert_close(
            sample.input[:, 64, 64] * 255, torch.tensor([117.0, 104.0, 123.0])
        )
        size = 64 if window == "center" else 128
        assert sample.prediction.shape == (3, size, size)
        whole = F.pad(sample.prediction, [(128 - size) // 2] * 4)
        assert torch.equal(sample.composite[mask], whole[mask])
        assert sample.metainfo["path"] == str(i)


def test_a_hole_outside_the_window_is_refused():
    model = build_model(dcgan_config()).eval()
    data = batch(n=2)
    data["data_samples"].mask[1, :, 5, 5] = True
    with pytest.raises(InputError, match="out of the centre"):
        model.val_step(data)


@pytest.mark.parametrize("side", range(64, 68))
def test_the_centre_is_that_of_the_mask_at_every_side(side):
    """Where 4 does not divide the side, too."""
    model = build_model(
        dict(
            type="ContextEncoder",
            data_preprocessor=RELEASED,
            backbone=dict(type="DCGANEncoder", input_size=64, base_channels=4),
            decoder=dict(type="UpConvDecoder", channels=(8, 8, 3)),
            window="center",
        )
    ).eval()
    hole = MASKS.build(dict(type="CenterRegion"))(side, side, np.random.default_rng(0))
    inside = model._window(torch.from_numpy(hole)[None, None])
    assert inside.all() and inside.sum() == hole.sum()


def test_without_holes_nothing_is_filled():
    model = build_model(dcgan_config()).eval()
    data = dict(inputs=batch(n=1)["inputs"], data_samples=PretextSample())
    with pytest.raises(InputError, match="needs masks"):
        model.val_step(data)


def test_tensor_mode_and_unknown_mode():
    model = build_model(dcgan_config()).eval()
    data = model.data_preprocessor(dict(inputs=batch()["inputs"]))
    (code,) = model(data["inputs"], mode="tensor")
    assert code.shape == (4, 16, 1, 1)
    with pytest.raises(InputError, match="predcit"):
        model(data["inputs"], mode="predcit")


def test_parts_that_do_not_fit_say_so():
    wrong = dcgan_config(window="full")
    wrong["decoder"]["output_size"] = 64
    model = build_model(wrong)
    with pytest.raises(InputError, match="128x128 are to be predicted"):
        model.train_step(batch(), build_optim(model))
    with pytest.raises(InputError, match="window"):
        build_model(dcgan_config(window="centre", size=64))


def test_initial_weights_are_the_released_ones():
    model = build_model(dcgan_config(base=64, code=100))
    expected = copy.deepcopy(model)
    torch.manual_seed(3)
    init_dcgan(expected)
    for (name, a), b in zip(model.named_parameters(), expected.parameters()):
        if a.numel() > 1000:
            assert a.std().item() == pytest.approx(0.02, rel=0.1), name
            assert b.std().item() == pytest.approx(0.02, rel=0.1), name
        elif name.endswith("bias"):
            assert not a.any(), name
        else:
            assert a.mean().item() == pytest.approx(1, abs=0.02), name


KINDS = [
    dict(type="CenterRegion"),
    dict(type="RandomBlock"),
    dict(type="RandomRegion", kind="noise", pattern_size=1000),
    dict(type="RandomRegion", kind="shapes"),
    dict(type="GridPatches", patch_size=16),
    dict(type="NeighborColumns"),
    dict(type="BrushStrokes"),
    dict(type="Outpainting"),
    dict(type="ObjectRegion"),
    dict(
        type="RandomChoice",
        generators=[dict(type="CenterRegion"), dict(type="RandomBlock")],
    ),
]


def test_every_kind_of_mask_is_overfitted_below():
    MASKS.import_from_location()
    assert {cfg["type"] for cfg in KINDS} == set(MASKS.module_dict)


def save_label_map(folder):
    """An ellipse labelled 1 on a ground of 0, as VOC has its objects."""
    y, x = np.mgrid[:60, :80]
    inside = ((y - 30) / 15) ** 2 + ((x - 40) / 20) ** 2 < 1
    Image.fromarray(inside.astype(np.uint8)).save(folder / "one.png")


@pytest.mark.slow
@pytest.mark.parametrize("mask", KINDS, ids=lambda c: c["type"] + c.get("kind", ""))
def test_a_few_pictures_are_learned_by_heart(mask, tmp_path):
    """Every kind of hole can be filled exactly, given one picture set and time."""
    if mask.get("kind") == "shapes" or mask["type"] == "ObjectRegion":
        save_label_map(tmp_path)
        mask = mask | dict(folder=str(tmp_path))
    generator = MASKS.build(mask)
    rng = np.random.default_rng(0)
    masks = torch.stack(
        [torch.from_numpy(generator(64, 64, rng))[None] for _ in range(4)]
    )
    y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    waves = [torch.sin(x / (3 + i)) * torch.cos(y / (5 + i)) for i in range(12)]
    pictures = ((torch.stack(waves).view(4, 3, 64, 64) + 1) * 127.5).to(torch.uint8)
    data = dict(inputs=pictures, data_samples=PretextSample(mask=masks))

    loss = dict(type="ReconstructionLoss", region="hole")
    cfg = dcgan_config(size=64, window="full", joint=False, base=16, code=64)
    model = build_model(cfg | dict(reconstruction=loss)).train()
    optim = build_optim(model, optimizer=dict(type="Adam", lr=2e-3, betas=(0.5, 0.999)))
    first = None
    for _ in range(150):
        value = model.train_step(data, optim)["loss"].item()
        first = first or value
    assert value < 0.03 * first, (first, value)
