"""Decoders: the sizes they reach, their layers one by one, and the early maps."""

import pytest
import torch
import torch.nn.functional as F

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS


def test_upconv_decoder_sizes():
    decoder = MODELS.build(
        dict(type="UpConvDecoder", in_channels=256, channels=(128, 64, 64, 32, 3))
    )
    sides, x = [6], torch.zeros(1, 256, 6, 6)
    for layer in decoder.layers:
        x = layer(x)
        sides.append(x.shape[-1])
    assert sides == [6, 11, 21, 41, 81, 161]
    assert decoder(torch.zeros(1, 256, 6, 6), (227, 227)).shape[-2:] == (227, 227)
    assert decoder(torch.randn(1, 256, 6, 6)).min() < 0, "no ReLU after the last layer"


@pytest.mark.parametrize("stride", [2, 4, 8, 16, 32])
def test_upconv_decoder_meets_any_stride(stride):
    cfg = dict(type="UpConvDecoder", in_channels=64, in_stride=stride, output_padding=1)
    assert MODELS.build(cfg)(torch.zeros(1, 64, 3, 3)).shape == (
        1,
        3,
        3 * stride,
        3 * stride,
    )


def test_unet_decoder_against_its_layers_one_by_one():
    torch.manual_seed(0)
    decoder = MODELS.build(
        dict(type="UNetDecoder", in_channels=8, skip_channels=(3, 5))
    )
    assert [p.conv.out_channels for p in decoder.stages] == [5, 3, 3]
    decoder.eval().double()
    early, late, code = (
        torch.randn(2, c, n, n, dtype=torch.float64)
        for c, n in ((3, 8), (5, 4), (8, 2))
    )

    def up(stage, x):
        return F.conv_transpose2d(x, stage.conv.weight, stage.conv.bias, 2, 1)

    def block(stage, x):
        norm = stage.norm
        x = up(stage, x) / (norm.running_var.add(norm.eps).sqrt()[:, None, None])
        return x.relu()

    x = block(decoder.stages[0], code)
    x = block(decoder.stages[1], torch.cat([x, late], 1))
    x = up(decoder.stages[2], torch.cat([x, early], 1))
    torch.testing.assert_close(decoder(code, (16, 16), (early, late)), x)
    # Sides that 2 does not divide: 13, 6, 3, 1.
    odd = [torch.randn(1, c, n, n).double() for c, n in ((3, 6), (5, 3), (8, 1))]
    assert decoder(odd[2], (13, 13), odd[:2]).shape == (1, 3, 13, 13)


def test_a_context_encoder_hands_early_maps_to_a_decoder_that_takes_them():
    encoder = dict(type="DCGANEncoder", input_size=64, base_channels=4, bottleneck=None)
    config = dict(
        type="ContextEncoder",
        backbone=dict(encoder, out_indices=(0, 1, 2, 3)),
        decoder=dict(type="UNetDecoder"),
    )
    model = MODELS.build(config).eval()
    pictures = torch.randn(2, 3, 64, 64)
    *early, last = model.extract_feat(pictures)
    expected = model.decoder(last, (64, 64), early)
    assert torch.equal(model.reconstruct(pictures), expected)
    # What the first map alone has lost on the way to the last reaches the picture.
    changed = model.decoder(last, (64, 64), [early[0] + 1, *early[1:]])
    assert not torch.equal(changed, expected)
    with pytest.raises(InputError, match="window='full'"):
        MODELS.build(config | dict(window="center"))
    with pytest.raises(InputError, match="out_indices"):
        MODELS.build(config | dict(backbone=encoder))
    with pytest.raises(InputError, match="3 skips take 4 channels"):
        MODELS.build(config | dict(decoder=dict(type="UNetDecoder", channels=(8, 3))))
