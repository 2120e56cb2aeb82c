"""Re-masking in target prediction: each stage's map is emptied where the hole is."""

import pytest
import torch
from models.pretext_cases import RESNET, VIT, plain
from models.pretexts.target_prediction_case import HOG, batch, losses, make, prepared

from ce_plugin.errors import InputError
from ce_plugin.models.remask import stages_of


@pytest.mark.parametrize(
    "backbone",
    [
        RESNET,
        dict(type="mmdet.ResNet", depth=18, base_channels=8, out_indices=(3,)),
        dict(type="mmdet.CSPDarknet", widen_factor=0.125, deepen_factor=0.33),
        dict(type="mmdet.MobileNetV2", widen_factor=0.1),
        dict(type="mmdet.EfficientNet", arch="b0", out_indices=(6,)),
        dict(type="mmdet.Darknet", depth=53),
        dict(
            type="TimmBackbone",
            model_name="convnext_atto",
            depths=(1, 1, 1, 1),
            dims=(8, 16, 24, 32),
        ),
    ],
    ids=[
        "timm",
        "mmdet",
        "cspdarknet",
        "mobilenet",
        "efficientnet",
        "darknet",
        "convnext",
    ],
)
def test_stages_are_emptied_where_the_hole_is(backbone):
    if backbone["type"].startswith("mmdet"):
        from mmdet.utils import register_all_modules

        register_all_modules(init_default_scope=False)
    red = dict(type="InpaintingPreprocessor", fill=(255, 0, 0))
    model = make(remask=True, backbone=backbone, data_preprocessor=red).eval()
    assert len(stages_of(model.backbone)) >= 4
    data = plain(2, 0, size=64)
    mask = torch.zeros(2, 1, 64, 64, dtype=torch.bool)
    mask[..., :32] = True
    data["data_samples"].mask = mask
    inputs, _ = prepared(model, data)
    empty = model.look(inputs, mask)[-1]
    assert (empty[..., 0] == 0).all() and (empty[..., 1] != 0).any()
    # Nothing is left behind: outside, the encoder is as it was.
    assert (model.extract_feat(inputs)[-1][..., 0] != 0).any()


def test_re_masking_is_that_of_each_stage_by_hand():
    model = make(remask=True, backbone=RESNET | dict(out_indices=(1, 2, 3, 4))).eval()
    torch.manual_seed(0)
    x = torch.randn(2, 3, 64, 64)
    mask = torch.zeros(2, 1, 64, 64, dtype=torch.bool)
    mask[0, :, :40, :24], mask[1, :, 16:] = True, True
    net = model.backbone.net.model

    def empty(y):
        side = 64 // y.shape[-1]
        share = mask.float().unfold(2, side, side).unfold(3, side, side).mean((-1, -2))
        return torch.where(share > 0.5, 0.0, y)

    expected, y = [], empty(net.act1(net.bn1(net.conv1(x))))
    y = net.maxpool(y)
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        y = empty(stage(y))
        expected.append(y)
    found = model.look(x, mask)
    assert len(found) == len(expected)
    for ours, by_hand in zip(found, expected):
        torch.testing.assert_close(ours, by_hand)


def test_maps_with_channels_last_are_refused():
    swin = dict(
        type="TimmBackbone",
        model_name="swin_tiny_patch4_window7_224",
        img_size=64,
        window_size=2,
        embed_dim=12,
        depths=(1, 1, 1, 1),
        num_heads=(1, 1, 1, 1),
    )
    with pytest.raises(InputError, match=r"give no \(B, C, h, w\); set remask=False"):
        make(remask=True, backbone=swin)


def test_a_transformer_has_no_maps_to_empty():
    model = make(dict(hog=HOG), remask=True, backbone=VIT)
    with pytest.raises(InputError, match="no stage of TimmBackbone gives a map; set"):
        losses(model, batch())
