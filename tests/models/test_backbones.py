"""What every backbone keeps, timm's names, and a backbone of another registry."""

import pytest
import torch
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models import feature_contract
from ce_plugin.registry import MODELS

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
