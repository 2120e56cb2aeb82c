# Faster R-CNN with FPN for two CPU cores: half-width ResNet-18, 160 px, maps of stride
# 8 and more, 32 regions a picture.
_base_ = "./faster-rcnn_r18-half_voc12-128.py"

resize = dict(type="Resize", scale=(160, 160), keep_ratio=True)
model = dict(
    neck=dict(num_outs=4),
    rpn_head=dict(anchor_generator=dict(strides=[8, 16, 32, 64])),
    roi_head=dict(
        bbox_roi_extractor=dict(roi_layer=dict(output_size=7, sampling_ratio=0)),
        bbox_head=dict(roi_feat_size=7),
    ),
    train_cfg=dict(rpn_proposal=dict(max_per_img=100), rcnn=dict(sampler=dict(num=32))),
    test_cfg=dict(rpn=dict(max_per_img=50), rcnn=dict(max_per_img=100)),
)
load = dict(type="LoadImageFromFile")
boxes = dict(type="LoadAnnotations", with_bbox=True)
flip = dict(type="RandomFlip", prob=0.5)
keys = {{_base_.keys}}
train_dataloader = dict(
    dataset=dict(pipeline=[load, boxes, resize, flip, dict(type="PackDetInputs")])
)
val_dataloader = dict(
    dataset=dict(
        pipeline=[load, resize, boxes, dict(type="PackDetInputs", meta_keys=keys)]
    )
)
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=5e-4))
max_iters = 600
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01),
]
default_hooks = dict(checkpoint=dict(interval=max_iters))
