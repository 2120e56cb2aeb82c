"""Every constant of the networks, and the faster layers against the plain ones."""

import pytest
import torch
import torch.nn.functional as F
from tiny import RELEASED
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models import feature_contract
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


BACKBONES = {
    "CaffeNet": [dict(), dict(out_indices=(1, 4), pool="conv")],
    "DCGANEncoder": [
        dict(base_channels=8, bottleneck=16),
        dict(base_channels=8, bottleneck=None, out_indices=(1, 2, 3)),
    ],
    "MLPEncoder": [dict(input_size=128, widths=(8, 4))],
    "TimmBackbone": [
        dict(model_name="resnet18", out_indices=(1, 2, 3, 4)),
        dict(model_name="mobilenetv3_small_100"),
        dict(model_name="vit_tiny_patch16_224", img_size=128),
        dict(model_name="vit_tiny_patch16_224", img_size=128, norm=True),
    ],
}


def test_every_backbone_is_in_the_table():
    MODELS.import_from_location()
    here = {
        name
        for name, cls in MODELS.module_dict.items()
        if cls.__module__.startswith("ce_plugin.models.backbones")
    }
    assert here == set(BACKBONES)


@pytest.mark.parametrize(
    ("kind", "kwargs"), [(k, kw) for k, rows in BACKBONES.items() for kw in rows]
)
def test_backbone_contract(kind, kwargs):
    net = MODELS.build(dict(type=kind, **kwargs)).eval()
    said = feature_contract(net)
    maps = net(torch.zeros(1, 3, 128, 128))
    assert isinstance(maps, tuple)
    assert said.out_channels == tuple(m.shape[1] for m in maps)
    for stride, m in zip(said.out_strides, maps):
        # The paper's network has no padding and loses a few pixels at the border.
        assert 128 / stride - 2 <= m.shape[-1] <= -(-128 // stride)
    net.out_channels = None
    measured = feature_contract(net, size=128)
    assert measured.out_channels == said.out_channels
    state = net.state_dict()
    fresh = MODELS.build(dict(type=kind, **kwargs))
    fresh.load_state_dict(state)
    assert all(torch.equal(state[k], v) for k, v in fresh.state_dict().items())


def test_timm_names_are_timms_own():
    import timm

    ours = MODELS.build(dict(type="TimmBackbone", model_name="convnext_atto"))
    theirs = timm.create_model("convnext_atto")
    assert set(ours.state_dict()) <= set(theirs.state_dict())
    with pytest.raises(InputError, match="resnet18"):
        MODELS.build(dict(type="TimmBackbone", model_name="resnet81"))


def test_a_backbone_of_another_registry():
    from mmengine.registry import MODELS as ROOT

    @ROOT.register_module(name="ForeignNet", force=True)
    class ForeignNet(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Conv2d(3, 24, 3, 2, 1), nn.Conv2d(24, 40, 3, 2, 1))

    model = MODELS.build(
        dict(
            type="ContextEncoder",
            backbone=dict(type="mmengine.ForeignNet"),
            decoder=dict(type="UpConvDecoder", output_padding=1),
        )
    )
    assert model.features == ((40,), (4,))
    assert model.reconstruct(torch.zeros(1, 3, 32, 32)).shape == (1, 3, 32, 32)
