"""The networks of the tabular setting, against torch's own and stated counts."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models import MLPDecoder, MLPEncoder, feature_contract
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample


def reference(*widths):
    """784-...-last with LeakyReLU(.01) between, written out."""
    parts = []
    for a, b in pairwise(widths):
        parts += [nn.Linear(a, b), nn.LeakyReLU(0.01)]
    return nn.Sequential(nn.Flatten(), *parts[:-1])


def share_weights(layers, sequence):
    linear = [m for m in sequence if isinstance(m, nn.Linear)]
    assert len(linear) == len(layers)
    for mine, theirs in zip(layers, linear):
        theirs.load_state_dict(mine.state_dict())


def test_encoder_and_decoder_are_the_written_out_networks():
    torch.manual_seed(0)
    encoder, decoder = MLPEncoder(), MLPDecoder()
    # 784*512+512 + 512*256+256 + 256*128+128, and back.
    assert sum(p.numel() for p in encoder.parameters()) == 566_144
    assert sum(p.numel() for p in decoder.parameters()) == 566_800
    there, back = reference(784, 512, 256, 128), reference(128, 256, 512, 784)
    share_weights(encoder.layers, there)
    share_weights(decoder.layers, back)
    grey = torch.rand(5, 1, 28, 28)
    code = encoder(grey.expand(-1, 3, -1, -1))[0]
    torch.testing.assert_close(code, there(grey)[..., None, None])
    picture = decoder(code, (28, 28))
    torch.testing.assert_close(picture[:, :1].flatten(1), back(code.flatten(1)))
    assert torch.equal(picture[:, 0], picture[:, 1])
    assert torch.equal(picture[:, 0], picture[:, 2])


def test_contract_and_layers_between():
    encoder = MLPEncoder(10, (7, 6, 5), out_indices=(0, 1, -1))
    assert feature_contract(encoder) == ((7, 6, 5), (10, 10, 10))
    x = torch.rand(2, 3, 10, 10)
    first, second, last = encoder(x)
    assert [m.shape for m in (first, second, last)] == [
        (2, 7, 1, 1),
        (2, 6, 1, 1),
        (2, 5, 1, 1),
    ]
    torch.testing.assert_close(last.flatten(1), encoder.layers[2](second.flatten(1)))
    code = encoder.layers[0](x.mean(1).flatten(1))
    torch.testing.assert_close(first.flatten(1), nn.functional.leaky_relu(code, 0.01))


def config(**preprocessor):
    return dict(
        type="ContextEncoder",
        data_preprocessor=dict(mean=(0,) * 3, std=(255,) * 3) | preprocessor,
        backbone=dict(type="MLPEncoder", input_size=8, widths=(20, 10)),
        decoder=dict(type="MLPDecoder", output_size=8, widths=(20,)),
        reconstruction=dict(type="ReconstructionLoss", region="full"),
    )


def make_batch(n=6, size=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randint(
        0, 256, (n, 1, size, size), dtype=torch.uint8, generator=generator
    )
    mask = torch.zeros(n, 1, size, size, dtype=torch.bool)
    mask[:, :, 3:6] = True
    meta = dict(index=list(range(n)), draw=[0] * n)
    sample = PretextSample(mask=mask, metainfo=meta)
    return dict(inputs=pictures.expand(-1, 3, -1, -1), data_samples=sample)


def test_loss_is_the_grey_one_and_reaches_every_weight():
    torch.manual_seed(0)
    model = MODELS.build(config(type="InpaintingPreprocessor"))
    data = model.data_preprocessor(make_batch(), True)
    losses = model(**data, mode="loss")
    grey = model.reconstruct(data["inputs"])[:, :1]
    expected = (grey - data["data_samples"].target[:, :1]).square().mean()
    torch.testing.assert_close(losses["loss_reconstruction"], expected)
    losses["loss_reconstruction"].backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


def test_only_hole_pixels_are_swapped_each_with_its_own_column():
    prep = MODELS.build(config(type="SwapPreprocessor")["data_preprocessor"])
    out = prep(make_batch(n=40))
    filled, sample = out["inputs"], out["data_samples"]
    target, mask = sample.target, sample.mask.expand_as(sample.target)
    assert torch.equal(filled[~mask], target[~mask])
    for row, column in ((3, 0), (5, 7)):
        known = set(target[:, 0, row, column].tolist())
        assert set(filled[:, 0, row, column].tolist()) <= known
    # One donor for the three channels; itself in one of 40 cases.
    assert torch.equal(filled[:, 0], filled[:, 1])
    changed = (filled != target)[:, :1][sample.mask].float().mean()
    assert 0.93 < changed < 0.995
    # Donors of neighbouring pixels are independent.
    ramp = make_batch(n=40)
    ramp["inputs"] = torch.arange(40, dtype=torch.uint8).view(-1, 1, 1, 1)
    ramp["inputs"] = ramp["inputs"].expand(-1, 3, 8, 8)
    donors = prep(ramp)["inputs"][:, 0, 3:6].mul(255).round()
    same = (donors[..., 1:] == donors[..., :-1]).float().mean()
    assert same < 0.08
    counts = torch.bincount(donors.long().flatten(), minlength=40)
    assert (counts - 24).abs().max() < 5 * 24**0.5


def test_swap_follows_the_samples_and_nothing_else():
    prep = MODELS.build(config(type="SwapPreprocessor")["data_preprocessor"])
    first = prep(make_batch(), training=True)["inputs"]
    torch.manual_seed(99)
    assert torch.equal(prep(make_batch(), training=False)["inputs"], first)
    later = make_batch()
    later["data_samples"].set_metainfo(dict(draw=[1] * 6))
    assert not torch.equal(prep(later)["inputs"], first)
    bare = prep(dict(inputs=make_batch()["inputs"]))
    assert bare["data_samples"] is None and bare["inputs"].shape == (6, 3, 8, 8)
    foreign = make_batch()
    foreign["data_samples"] = PretextSample(mask=foreign["data_samples"].mask)
    with pytest.raises(InputError, match="index and draw"):
        prep(foreign)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLPEncoder(widths=()), "at least 1"),
        (lambda: MLPEncoder(widths=(5, 0)), "at least 1"),
        (lambda: MLPEncoder(out_indices=(3,)), "there are 3"),
        (lambda: MLPEncoder()(torch.zeros(1, 3, 32, 32)), "28 px pictures, not 32x32"),
        (lambda: MLPDecoder(widths=(0,)), "at least 1"),
        (lambda: MLPDecoder()(torch.zeros(1, 128, 2, 2)), "1x1 code but got 2x2"),
        (lambda: MLPDecoder()(torch.zeros(1, 128, 1, 1), (32, 32)), "makes 28x28"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(InputError, match=message):
        make()
