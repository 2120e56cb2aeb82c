# FCN for two CPU cores: half-width ResNet-18 at stride 16, 128 px crops.
_base_ = "../../../configs/segmentation/fcn_r50-d8_voc12aug.py"

crop = (128, 128)
# Two thirds of all pixels are background: the six classes that count weigh as the root
# of their rarity, or a few minutes end in nothing but cat, dog and background.
weight = [1.0] * 21
weight[8], weight[10], weight[12] = 2.4, 6.2, 2.5  # cat, cow, dog
weight[13], weight[15], weight[17] = 4.6, 4.5, 5.9  # horse, person, sheep
loss = dict(_delete_=True, type="WeightedCrossEntropy", class_weight=weight)
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
    decode_head=dict(in_channels=256, channels=64, norm_cfg=norm_cfg, loss_decode=loss),
    auxiliary_head=dict(
        in_channels=128, channels=32, norm_cfg=norm_cfg, loss_decode=loss
    ),
)
load = dict(type="LoadImageFromFile")
masks = dict(type="LoadAnnotations")
pack = dict(type="PackSegInputs")
pipeline = [
    load,
    masks,
    dict(
        type="RandomResize", scale=(192, 192), ratio_range=(0.7, 1.5), keep_ratio=True
    ),
    dict(type="RandomCrop", crop_size=crop, cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    pack,
]
voc12 = dict(
    type="PascalVOCDataset",
    data_root={{_base_.data_root}},
    data_prefix=dict(img_path="JPEGImages", seg_map_path="SegmentationClassAug"),
    ann_file="ImageSets/Segmentation/aug.txt",
)
train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(_delete_=True, **voc12, pipeline=pipeline),
)
val_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        pipeline=[
            load,
            dict(type="Resize", scale=(192, 192), keep_ratio=True),
            masks,
            pack,
        ]
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="PerClassIoU")
test_evaluator = val_evaluator
custom_imports = dict(imports=["harness.tasks.mmseg_parts"], allow_failed_imports=False)
optim_wrapper = dict(
    _delete_=True,
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.05),
)
max_iters = 400
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01),
]
default_hooks = dict(checkpoint=dict(interval=max_iters), logger=dict(interval=50))
