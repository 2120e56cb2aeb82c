# VOC 2007+2012 trainval, VOC 2007 test: 12 passes, learning rate 0.01 at 16 pictures.
# The encoder: --cfg-options model.backbone.init_cfg.checkpoint=encoder.pth
_base_ = "mmdet::pascal_voc/retinanet_r50_fpn_1x_voc0712.py"

# Nothing is frozen and norms are trained, in the pyramid as well: what an encoder puts
# out that learned without labels has another scale than mmdet's settings are for
# (He et al., Momentum Contrast, CVPR 2020, 4.2). Without a launcher SyncBN becomes BN.
norm_cfg = dict(type="SyncBN", requires_grad=True)
model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
    backbone=dict(
        frozen_stages=-1,
        norm_eval=False,
        norm_cfg=norm_cfg,
        init_cfg=dict(
            _delete_=True, type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"
        ),
    ),
    neck=dict(norm_cfg=norm_cfg),
)
# The learning rate follows the number of pictures in a step: 16 in the base.
auto_scale_lr = dict(enable=True)
val_evaluator = [
    dict(type="VOCMetric", eval_mode="11points", prefix="voc_11points"),
    dict(type="VOCMetric", eval_mode="area", prefix="voc_area"),
]
test_evaluator = val_evaluator
