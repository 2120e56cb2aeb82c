# VOC 2007 trainval, VOC 2007 test: 12 passes, learning rate 0.01 at 16 pictures.
# The encoder: --cfg-options model.backbone.init_cfg.checkpoint=encoder.pth
_base_ = "mmdet::pascal_voc/faster-rcnn_r50_fpn_1x_voc0712.py"

# Norms are trained and nothing is frozen: see faster-rcnn_r50-fpn_voc0712.py.
norm_cfg = dict(type="SyncBN", requires_grad=True)
model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
    backbone=dict(
        depth=18,
        frozen_stages=-1,
        norm_eval=False,
        norm_cfg=norm_cfg,
        init_cfg=dict(
            _delete_=True, type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"
        ),
    ),
    neck=dict(in_channels=[64, 128, 256, 512], norm_cfg=norm_cfg),
)
voc07 = dict(
    _delete_=True,
    type="VOCDataset",
    data_root={{_base_.data_root}},
    ann_file="VOC2007/ImageSets/Main/trainval.txt",
    data_prefix=dict(sub_data_root="VOC2007/"),
    filter_cfg=dict(filter_empty_gt=True, min_size=32, bbox_min_size=32),
    pipeline={{_base_.train_pipeline}},
)
train_dataloader = dict(dataset=dict(dataset=voc07))
# The learning rate follows the number of pictures in a step: 16 in the base.
auto_scale_lr = dict(enable=True)
val_evaluator = [
    dict(type="VOCMetric", eval_mode="11points", prefix="voc_11points"),
    dict(type="VOCMetric", eval_mode="area", prefix="voc_area"),
]
test_evaluator = val_evaluator
