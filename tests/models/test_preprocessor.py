"""Views are finished on the device, for every pretext, and nothing waits for it."""

import numpy as np
import pytest
import torch
from models.pretext_cases import PRETEXTS, draws, holes, plain
from tiny import build_model
from torch._subclasses.fake_tensor import FakeTensorMode

from ce_plugin.models.jitter import jitter_batch
from ce_plugin.models.preprocessor import InpaintingPreprocessor, PicturePreprocessor
from ce_plugin.structures import JitterDraw, PretextSample


def jittered(data: dict, seed: int = 0) -> dict:
    """The batch, to be changed as :class:`BatchJitter` says."""
    inputs = data["inputs"]
    views = len(inputs) if isinstance(inputs, list) else 1
    samples = data["data_samples"].clone()
    count = len(samples.path)
    samples.set_metainfo(dict(jitter=draws(count, seed, views)))
    return data | dict(data_samples=samples)


def test_views_are_changed_each_by_its_own_draw_and_normalised():
    data = jittered(plain(6, 0))
    told = np.stack(data["data_samples"].jitter)
    found = PicturePreprocessor((100,) * 3, (50,) * 3)(data)["inputs"]
    expected = jitter_batch(data["inputs"], told[:, 0], lambda x: (x - 100) / 50)
    assert torch.equal(found, expected)
    two = data | dict(inputs=[data["inputs"]] * 2)
    two["data_samples"].set_metainfo(dict(jitter=draws(6, 0, 2)))
    first, second = PicturePreprocessor()(two)["inputs"]
    assert not torch.equal(first, second)


def test_holes_are_cut_into_the_changed_picture():
    data = jittered(holes(6, 0))
    changed = PicturePreprocessor()(data)["inputs"]
    out = InpaintingPreprocessor()(data)
    mask = out["data_samples"].mask
    assert torch.equal(out["data_samples"].target, changed)
    assert torch.equal(out["inputs"], torch.where(mask, torch.zeros(()), changed))
    assert not torch.equal(changed, PicturePreprocessor()(holes(6, 0))["inputs"])


@pytest.mark.parametrize("prep", [PicturePreprocessor, InpaintingPreprocessor])
def test_the_layout_changes_no_number(prep):
    for data in (holes(5, 0), jittered(holes(5, 0))):
        usual = prep()(data)["inputs"]
        other = prep(channels_last=True)(data)["inputs"]
        assert torch.equal(usual, other)
        assert usual.is_contiguous()
        assert other.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", sorted(PRETEXTS))
def test_every_pretext_learns_from_changed_pictures(name):
    """And works in either layout, up to what the encoder is given."""
    case, found, given = PRETEXTS[name], [], []
    data = case.batch(4, 0)
    for batch in (data, jittered(data, 1)):
        for layout in (False, True):
            model = build_model(dict(type=name) | case.config).train()
            prep = model.data_preprocessor
            prep.layout = torch.channels_last if layout else torch.contiguous_format
            if layout:
                model.backbone.register_forward_pre_hook(
                    lambda _, args: given.append(args[0])
                )
            torch.manual_seed(0)
            losses = model(**prep(batch, True), mode="loss")
            found.append(model.parse_losses(losses)[0].item())
    pictures = [x for x in given if x.ndim == 4]
    assert all(x.is_contiguous(memory_format=torch.channels_last) for x in pictures)
    assert found[1] == pytest.approx(found[0], rel=1e-3)
    assert found[3] == pytest.approx(found[2], rel=1e-3)
    assert found[2] != pytest.approx(found[0], rel=1e-6)


@pytest.mark.parametrize("prep", [PicturePreprocessor, InpaintingPreprocessor])
def test_nothing_waits_for_the_device(prep):
    """Fake tensors raise on whatever asks for a value, and on a mixture of devices."""
    batch = jittered(holes(16, 0))
    with FakeTensorMode(allow_non_fake_inputs=True):
        module = prep(channels_last=True)
        for name in ("mean", "std", "fill"):
            if hasattr(module, name):
                setattr(module, name, torch.ones(1, 3, 1, 1, device="cuda"))
        samples = PretextSample(metainfo=dict(jitter=batch["data_samples"].jitter))
        samples.mask = torch.ones(16, 1, 32, 32, dtype=torch.bool, device="cuda")
        pictures = torch.ones(16, 3, 32, 32, dtype=torch.uint8, device="cuda")
        made = module.prepare(pictures, samples)
    assert made.device.type == "cuda" and made.shape == (16, 3, 32, 32)


def test_the_draws_of_the_test_above_ask_for_everything():
    drawn = JitterDraw(*np.stack(draws(16, 0, 1))[:, 0].T)
    assert 0 < drawn.flip.mean() < 1 and 0 < drawn.grey.mean() < 1
    assert 0 < (drawn.sigma > 0).mean() < 1 and 0 < (drawn.solarize < 256).mean() < 1
    assert len(set(drawn.order)) > 6 and (drawn.hue != 0).any()
