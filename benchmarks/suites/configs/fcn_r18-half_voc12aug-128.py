# FCN for two CPU cores, as a user would train it: mmseg's own half-width ResNet-18 at
# stride 16, 128 px crops, judged at the pictures' own size.
_base_ = "./fcn_r18-half_voc12aug-96.py"

crop = (128, 128)
scale = (192, 192)
norm_cfg = dict(type="BN", requires_grad=True)
model = dict(
    data_preprocessor=dict(size=crop),
    backbone=dict(
        depth=18,
        base_channels=32,
        stem_channels=64,
        strides=(1, 2, 2, 1),
        dilations=(1, 1, 1, 2),
        norm_cfg=norm_cfg,
    ),
    decode_head=dict(in_index=3),
    auxiliary_head=dict(
        _delete_=True,
        type="FCNHead",
        in_channels=128,
        in_index=2,
        channels=32,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        num_classes=21,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type="WeightedCrossEntropy", class_weight={{_base_.weight}}),
    ),
)
load = dict(type="LoadImageFromFile")
masks = dict(type="LoadAnnotations")
pack = dict(type="PackSegInputs")
pipeline = [
    load,
    masks,
    dict(type="RandomResize", scale=scale, ratio_range=(0.7, 1.5), keep_ratio=True),
    dict(type="RandomCrop", crop_size=crop, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    pack,
]
train_dataloader = dict(dataset=dict(pipeline=pipeline))
resize = dict(type="Resize", scale=scale, keep_ratio=True)
val_dataloader = dict(dataset=dict(pipeline=[load, resize, masks, pack]))
test_dataloader = val_dataloader
max_iters = 400
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01),
]
default_hooks = dict(checkpoint=dict(interval=max_iters))
