# The paper's detection protocol (section 5.2): Fast R-CNN on CaffeNet's conv5, VOC07.
# 40,000 steps of 2 pictures on one GPU. Its proposals, for trainval and for test:
#   mim run ce_plugin proposals data/VOCdevkit/VOC2007 --split trainval
_base_ = [
    "mmdet::_base_/models/fast-rcnn_r50_fpn.py",
    "mmdet::_base_/default_runtime.py",
    "_base_/voc07_proposals.py",
]
model = dict(
    data_preprocessor=dict(  # Caffe's means, BGR
        mean=[102.9801, 115.9465, 122.7717],
        std=[1.0, 1.0, 1.0],
        bgr_to_rgb=False,
        pad_size_divisor=1,
    ),
    backbone=dict(
        _delete_=True,
        type="ce_plugin.CaffeNet",
        out_indices=["conv5"],
        conv1_padding=5,
        pool_padding=1,
        frozen_stages=1,  # conv1, as Fast R-CNN has it; unknown of the paper (0: none)
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    neck=None,
    roi_head=dict(
        # RoIPool, torchvision's, on CPU and GPU alike; mmcv's has no CPU kernel.
        bbox_roi_extractor=dict(_delete_=True, type="ce_plugin.RoIPoolExtractor"),
        bbox_head=dict(
            _delete_=True,
            type="ce_plugin.CaffeNetBBoxHead",  # fc6, fc7 4096, dropout 0.5, see there
            num_classes=20,
            # Caffe's boxes include both corners. It scales targets by what it measures
            # on the training set; these fixed figures are those of Faster R-CNN.
            bbox_coder=dict(
                type="LegacyDeltaXYWHBBoxCoder", target_stds=[0.1, 0.1, 0.2, 0.2]
            ),
            loss_bbox=dict(type="SmoothL1Loss", beta=1.0),
        ),
    ),
    train_cfg=dict(
        rcnn=dict(assigner=dict(neg_iou_thr=(0.1, 0.5)), sampler=dict(num=64))
    ),
    test_cfg=dict(
        rcnn=dict(score_thr=0.0, nms=dict(iou_threshold=0.3), max_per_img=800)
    ),
)
train_cfg = dict(type="IterBasedTrainLoop", max_iters=40000, val_interval=40000)
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
param_scheduler = [dict(type="MultiStepLR", by_epoch=False, milestones=[30000])]  # x0.1
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=1e-3, momentum=0.9, weight_decay=5e-4),
    paramwise_cfg=dict(bias_lr_mult=2.0, bias_decay_mult=0.0),  # as in Caffe's files
)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=10000))
log_processor = dict(by_epoch=False)
