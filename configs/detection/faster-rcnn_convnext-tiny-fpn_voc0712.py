# VOC 2007+2012 trainval, VOC 2007 test; any timm model with four feature maps, here
# ConvNeXt: set model.backbone.model_name and model.neck.in_channels.
# The encoder: --cfg-options model.backbone.init_cfg.checkpoint=encoder.pth
_base_ = "mmdet::pascal_voc/faster-rcnn_r50_fpn_1x_voc0712.py"

model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
    backbone=dict(
        _delete_=True,
        type="ce_plugin.TimmBackbone",
        model_name="convnext_tiny",
        out_indices=(0, 1, 2, 3),
        drop_path_rate=0.1,
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    neck=dict(
        in_channels=[96, 192, 384, 768],
        norm_cfg=dict(type="SyncBN", requires_grad=True),
    ),
)
# ConvNeXt is trained with AdamW; 1e-4 at 16 pictures, no decay of norms and biases.
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="AdamW", lr=1e-4, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
auto_scale_lr = dict(enable=True)
val_evaluator = [
    dict(type="VOCMetric", eval_mode="11points", prefix="voc_11points"),
    dict(type="VOCMetric", eval_mode="area", prefix="voc_area"),
]
test_evaluator = val_evaluator
