"""Encoders that have to go into mmdet and mmseg, and the networks that take them."""

import torch
from mmengine.model import BaseModule

from ce_plugin.checkpoints import export_encoder
from ce_plugin.checkpoints.export.config_lines import stock_resnet
from ce_plugin.registry import MODELS

IMAGENET = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr=False)
DEEP = dict(stem_type="deep", stem_width=32)


def timm(name, **kwargs):
    return dict(type="ce_plugin.TimmBackbone", model_name=name, **kwargs)


# What was pretrained, and the backbone of the detector or segmentor that takes it.
ENCODERS = {
    name: (timm(name), stock_resnet(timm(name)))
    for name in ("resnet18", "resnet34", "resnet50", "resnet101")
}
half = timm("resnet18", channels=(32, 64, 128, 256))
ENCODERS |= {
    "resnet18-half": (half, stock_resnet(half)),
    "resnet50-v1c": (timm("resnet50", **DEEP), dict(type="mmseg.ResNetV1c", depth=50)),
    "caffenet": (
        dict(type="ce_plugin.CaffeNet"),
        dict(type="ce_plugin.CaffeNet", out_indices=(1, 2, 4, 5)),
    ),
    "convnext_atto": (
        timm("convnext_atto"),
        timm("convnext_atto", out_indices=(0, 1, 2, 3)),
    ),
    "mobilenetv3_small_050": (
        timm("mobilenetv3_small_050"),
        timm("mobilenetv3_small_050", out_indices=(1, 2, 3, 4)),
    ),
}


def write_encoder_file(backbone: dict, path, seed: int = 0, normalization=None):
    """An exported encoder whose every tensor is drawn, running statistics as well."""
    encoder = MODELS.build(backbone)
    generator = torch.Generator().manual_seed(seed)
    for name, value in encoder.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand(value.shape, generator=generator) + 0.1)
        elif name.endswith("num_batches_tracked"):
            value.fill_(7)
    norm = normalization or IMAGENET
    meta = dict(backbone=backbone, normalization=norm, pretext="ContextEncoder")
    export_encoder(encoder, path, meta)
    return encoder


def init_cfg(path, **kwargs) -> dict:
    return dict(type="ce_plugin.PretrainedEncoder", checkpoint=str(path), **kwargs)


def detector(backbone: dict, channels, preprocessor: dict | None = None) -> BaseModule:
    """A real RetinaNet of mmdet."""
    from mmdet.registry import MODELS as DETECTORS
    from mmdet.utils import register_all_modules

    register_all_modules()  # also makes it the default scope, as its tools do
    prep = dict(type="DetDataPreprocessor", pad_size_divisor=32)
    return DETECTORS.build(
        dict(
            type="RetinaNet",
            data_preprocessor=prep | (preprocessor or rgb()),
            backbone=backbone,
            neck=dict(
                type="FPN", in_channels=list(channels), out_channels=16, num_outs=5
            ),
            bbox_head=dict(
                type="RetinaHead",
                num_classes=20,
                in_channels=16,
                feat_channels=16,
                stacked_convs=1,
                anchor_generator=dict(
                    type="AnchorGenerator",
                    octave_base_scale=4,
                    scales_per_octave=3,
                    ratios=[0.5, 1.0, 2.0],
                    strides=[8, 16, 32, 64, 128],
                ),
                bbox_coder=dict(type="DeltaXYWHBBoxCoder"),
            ),
            train_cfg=dict(
                assigner=dict(type="MaxIoUAssigner", pos_iou_thr=0.5, neg_iou_thr=0.4),
                sampler=dict(type="PseudoSampler"),
            ),
            test_cfg=dict(nms_pre=10, score_thr=0.05, max_per_img=5),
        )
    )


def segmentor(backbone: dict, channels, preprocessor: dict | None = None) -> BaseModule:
    """A real FCN of mmseg."""
    from mmseg.registry import MODELS as SEGMENTORS
    from mmseg.utils import register_all_modules

    register_all_modules()  # also makes it the default scope, as its tools do
    prep = dict(type="SegDataPreProcessor", size=(64, 64))
    return SEGMENTORS.build(
        dict(
            type="EncoderDecoder",
            data_preprocessor=prep | (preprocessor or rgb()),
            pretrained=None,
            backbone=backbone,
            decode_head=dict(
                type="FCNHead",
                in_channels=channels[-1],
                in_index=-1,
                channels=8,
                num_convs=1,
                num_classes=21,
                norm_cfg=dict(type="BN"),
            ),
            train_cfg=dict(),
            test_cfg=dict(mode="whole"),
        )
    )


def rgb() -> dict:
    return dict(mean=IMAGENET["mean"], std=IMAGENET["std"], bgr_to_rgb=True)
