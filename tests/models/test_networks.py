"""Every constant of the networks, and the faster layers against the plain ones."""

import pytest
import torch
import torch.nn.functional as F
from tiny import RELEASED
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import FullMapConv2d, FullMapConvTranspose2d
from ce_plugin.registry import MODELS


def count(*modules: nn.Module) -> int:
    return sum(p.numel() for m in modules for p in m.parameters())


def entries(*modules: nn.Module) -> int:
    return sum("num_batches" not in k for m in modules for k in m.state_dict())


@pytest.mark.parametrize(
    ("size", "out", "generator", "discriminator", "g_entries", "d_entries"),
    [
        (128, 64, 71_124_544, 2_765_568, 47, 17),
        (128, 128, 71_190_208, 2_831_232, 52, 22),
        (64, 64, 71_058_880, 2_765_568, 42, 17),
    ],
)
def test_released_networks(size, out, generator, discriminator, g_entries, d_entries):
    encoder = MODELS.build(dict(type="DCGANEncoder", input_size=size))
    decoder = MODELS.build(dict(type="DCGANDecoder", output_size=out))
    judge = MODELS.build(dict(type="DCGANDiscriminator", input_size=out))
    assert count(encoder, decoder) == generator
    assert count(judge) == discriminator
    assert (entries(encoder, decoder), entries(judge)) == (g_entries, d_entries)
    with torch.no_grad():
        code = encoder.eval()(torch.zeros(2, 3, size, size))[-1]
        picture = decoder.eval()(code)
        assert code.shape == (2, 4000, 1, 1)
        assert picture.shape == (2, 3, out, out)
        assert judge.eval()(picture).shape == (2, 1)


def test_conditional_discriminator_and_noise():
    judge = MODELS.build(dict(type="DCGANDiscriminator", conditional=True))
    # 2,904,385 with the biases that are 0 in the released code: 64 + 64 + 64 + 128 +
    # 256 + 512 + 1.
    assert count(judge) == 2_904_385 - 1_089
    logits = judge(torch.zeros(2, 3, 64, 64), torch.zeros(2, 3, 128, 128))
    assert logits.shape == (2, 1)
    with pytest.raises(InputError, match="context"):
        judge(torch.zeros(2, 3, 64, 64))

    encoder = MODELS.build(dict(type="DCGANEncoder", bottleneck=50, noise_channels=100))
    x = torch.zeros(4, 3, 128, 128)
    a, b = encoder(x)[0], encoder(x)[0]
    assert a.shape == (4, 150, 1, 1) and encoder.out_channels == (150,)
    assert not torch.equal(a, b)


def test_released_constants():
    prep = MODELS.build(RELEASED)
    expected = torch.tensor([-0.0823529, -0.1843137, -0.0352941])
    torch.testing.assert_close(prep.fill.flatten(), expected, atol=1e-7, rtol=0)
    encoder = MODELS.build(dict(type="DCGANEncoder", bottleneck=None))
    assert [
        m.negative_slope for m in encoder.modules() if isinstance(m, nn.LeakyReLU)
    ] == [0.2] * 5
    norms = [m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 4 and all((m.eps, m.momentum) == (1e-5, 0.1) for m in norms)
    torch.manual_seed(0)
    encoder.init_weights()
    conv, norm = encoder.stages[-1].conv.weight, encoder.stages[-1].norm.weight
    assert abs(conv.std().item() - 0.02) < 1e-3 and abs(conv.mean().item()) < 1e-3
    assert abs(norm.mean().item() - 1) < 5e-3 and 0.015 < norm.std().item() < 0.025


def test_caffenet():
    net = MODELS.build(
        dict(type="CaffeNet", out_indices=["conv1", 1, 2, 3, 4, "pool5"])
    )
    assert count(net) == 2_334_080
    maps = net(torch.zeros(1, 3, 227, 227))
    assert [tuple(m.shape[1:]) for m in maps] == [
        (96, 55, 55),
        (256, 27, 27),
        (384, 13, 13),
        (384, 13, 13),
        (256, 13, 13),
        (256, 6, 6),
    ]
    # Pooling rounds up: 224 -> conv1 54 -> 27 -> 13 -> 6, where floor gives 26, 12, 5.
    assert net(torch.zeros(1, 3, 224, 224))[-1].shape[-1] == 6
    assert net.conv2.groups == net.conv4.groups == net.conv5.groups == 2
    with pytest.raises(InputError, match="conv9"):
        MODELS.build(dict(type="CaffeNet", out_indices=["conv9"]))


@pytest.mark.parametrize("pool, side, most", [("max", 39, 6), ("conv", 67, 5)])
def test_caffenets_least_picture_and_rounding(pool, side, most):
    """Maximum pooling rounds up, the convolution in its place down."""
    net = MODELS.build(dict(type="CaffeNet", pool=pool))
    assert count(net) == {"max": 2_334_080, "conv": 3_597_280}[pool]
    assert net(torch.zeros(1, 3, side, side))[0].shape[2:] == (1, 1)
    assert net(torch.zeros(1, 3, 224, 224))[0].shape[2:] == (most, most)
    with pytest.raises(RuntimeError):
        net(torch.zeros(1, 3, side - 1, side - 1))


def test_caffenet_against_its_layers_one_by_one():
    """Pooling before normalisation, alpha divided by the window, as Caffe has it."""
    torch.manual_seed(0)
    net = MODELS.build(dict(type="CaffeNet")).double()

    def lrn(x):
        squares = F.pad(x.square(), (0, 0, 0, 0, 2, 2))
        total = sum(squares[:, i : i + x.shape[1]] for i in range(5))
        return x / (1 + 1e-4 / 5 * total) ** 0.75

    def pool(x):
        return F.max_pool2d(x, 3, 2, ceil_mode=True)

    x = torch.randn(1, 3, 195, 195, dtype=torch.float64) * 50
    y = lrn(pool(net.conv1(x).relu()))
    y = lrn(pool(net.conv2(y).relu()))
    y = net.conv5(net.conv4(net.conv3(y).relu()).relu()).relu()
    torch.testing.assert_close(net(x)[0], pool(y))


def test_feature_network_total():
    parts = [
        MODELS.build(dict(type="CaffeNet")),
        MODELS.build(dict(type="ChannelWiseFC", in_channels=256, size=6)),
        MODELS.build(
            dict(type="UpConvDecoder", in_channels=256, channels=(128, 64, 64, 32, 3))
        ),
    ]
    assert count(*parts) == 3_921_155


def test_channel_wise_fc_is_a_grouped_convolution():
    torch.manual_seed(0)
    cfg = dict(type="ChannelWiseFC", in_channels=8, size=6, mix=False, dropout=0.0)
    layer = MODELS.build(cfg).double()
    nn.init.normal_(layer.bias)
    x = torch.randn(3, 8, 6, 6, dtype=torch.float64)
    expected = F.conv2d(x, layer.weight, layer.bias, groups=8).view(3, 8, 6, 6)
    torch.testing.assert_close(layer(x), expected)

    x.requires_grad_()
    layer(x)[:, 2].sum().backward()
    touched = x.grad.abs().sum(dim=(0, 2, 3)) > 0
    assert touched.tolist() == [c == 2 for c in range(8)]


def test_channel_wise_fc_counts_and_errors():
    def build(**kwargs):
        return MODELS.build(
            dict(type="ChannelWiseFC", in_channels=256, size=6, **kwargs)
        )

    assert count(build(bias=False, mix=False)) == 331_776
    assert count(build(mix=False)) == 340_992
    assert build().dropout.p == 0.5
    with pytest.raises(InputError, match="256x7x7"):
        build()(torch.zeros(1, 256, 7, 7))
    with pytest.raises(InputError, match="dropout"):
        build(dropout=1.5)


def test_full_map_layers_equal_the_convolutions():
    torch.manual_seed(0)
    x = torch.randn(3, 6, 4, 4, dtype=torch.float64, requires_grad=True)
    conv = FullMapConv2d(6, 5, 4).double()
    torch.testing.assert_close(conv(x), F.conv2d(x, conv.weight, conv.bias))
    larger = torch.randn(1, 6, 7, 7, dtype=torch.float64)
    torch.testing.assert_close(conv(larger), F.conv2d(larger, conv.weight, conv.bias))
    assert conv(larger).shape[-1] == 4

    z = torch.randn(3, 5, 1, 1, dtype=torch.float64)
    up = FullMapConvTranspose2d(5, 6, 4).double()
    torch.testing.assert_close(up(z), F.conv_transpose2d(z, up.weight, up.bias))
    wide = torch.randn(1, 5, 2, 2, dtype=torch.float64)
    torch.testing.assert_close(up(wide), F.conv_transpose2d(wide, up.weight, up.bias))
