# VOC 2007+2012 trainval, VOC 2007 test: 24,000 steps of 16 pictures, as is usual for
# self-supervised features. The encoder's last stage is the head's; one file holds both:
#   --cfg-options model.backbone.init_cfg.checkpoint=encoder.pth \
#                 model.roi_head.shared_head.init_cfg.checkpoint=encoder.pth
_base_ = "mmdet::pascal_voc/faster-rcnn_r50-caffe-c4_ms-18k_voc0712.py"

# The base is Caffe's ResNet, BGR, norms frozen; this is torchvision's, RGB, trained.
norm_cfg = dict(type="SyncBN", requires_grad=True)
encoder = dict(
    style="pytorch",
    norm_cfg=norm_cfg,
    norm_eval=False,
    init_cfg=dict(
        _delete_=True, type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"
    ),
)
model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True
    ),
    backbone=dict(frozen_stages=-1, **encoder),
    roi_head=dict(
        shared_head=encoder,
        # One norm more after the last stage; type="BBoxHead" leaves it out.
        bbox_head=dict(type="ce_plugin.NormBBoxHead", norm_cfg=norm_cfg),
    ),
)
train_cfg = dict(max_iters=24000)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=100),
    dict(type="MultiStepLR", by_epoch=False, milestones=[18000, 22000], gamma=0.1),
]
# The learning rate, 0.02, follows the number of pictures in a step.
auto_scale_lr = dict(enable=True, base_batch_size=16)
val_evaluator = [
    dict(type="VOCMetric", eval_mode="11points", prefix="voc_11points"),
    dict(type="VOCMetric", eval_mode="area", prefix="voc_area"),
]
test_evaluator = val_evaluator
