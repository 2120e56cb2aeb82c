# Faster R-CNN with FPN for two CPU cores: half-width ResNet-18, 160 px, maps of stride
# 8 and more, 32 regions.
# Only the classes that the data has enough of; the runner sets them, data and seed.
_base_ = "../../../configs/detection/faster-rcnn_r18-fpn_voc07.py"

classes = ("cat", "cow", "dog", "horse", "person", "sheep")
scale = (160, 160)
load = dict(type="LoadImageFromFile")
boxes = dict(type="LoadAnnotations", with_bbox=True)
resize = dict(type="Resize", scale=scale, keep_ratio=True)
keys = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor")
voc12 = dict(
    type="VOCDataset",
    data_root={{_base_.data_root}},
    metainfo=dict(classes=classes),
    data_prefix=dict(sub_data_root="VOC2012/"),
)
width = 64
model = dict(
    backbone=dict(base_channels=32, stem_channels=64),
    neck=dict(
        in_channels=[32, 64, 128, 256], out_channels=width, start_level=1, num_outs=4
    ),
    rpn_head=dict(
        in_channels=width,
        feat_channels=width,
        anchor_generator=dict(scales=[4], strides=[8, 16, 32, 64]),
    ),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=width, featmap_strides=[8, 16, 32]),
        bbox_head=dict(
            in_channels=width, fc_out_channels=256, num_classes=len(classes)
        ),
    ),
    train_cfg=dict(
        rpn_proposal=dict(nms_pre=100, max_per_img=100),
        rcnn=dict(sampler=dict(num=32)),
    ),
    test_cfg=dict(rpn=dict(nms_pre=50, max_per_img=50)),
)
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type="InfiniteSampler"),
    batch_sampler=None,
    dataset=dict(
        _delete_=True,
        **(voc12 | dict(ann_file="VOC2012/ImageSets/Main/train.txt")),
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=[
            load,
            boxes,
            resize,
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackDetInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        _delete_=True,
        **(voc12 | dict(ann_file="VOC2012/ImageSets/Main/val.txt")),
        test_mode=True,
        pipeline=[load, resize, boxes, dict(type="PackDetInputs", meta_keys=keys)],
    ),
)
test_dataloader = val_dataloader
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="AdamW", lr=5e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=10),
)
auto_scale_lr = dict(enable=False)
max_iters = 600
train_cfg = dict(
    _delete_=True,
    type="IterBasedTrainLoop",
    max_iters=max_iters,
    val_interval=max_iters,
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01),
]
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=max_iters),
    logger=dict(interval=50),
)
log_processor = dict(by_epoch=False)
