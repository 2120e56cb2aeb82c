# FCN for one CPU core on the encoder at stride 16: 96 px crops, 96 px in the test.
_base_ = "../../../configs/segmentation/fcn_r50-d8_voc12aug.py"

crop = (96, 96)
scale = (144, 144)
# Two thirds of all pixels are background: the six classes that count weigh as the root
# of their rarity, or a minute ends in nothing but cat, dog and background.
weight = [1.0] * 21
weight[8], weight[10], weight[12] = 2.4, 6.2, 2.5  # cat, cow, dog
weight[13], weight[15], weight[17] = 4.6, 4.5, 5.9  # horse, person, sheep
loss = dict(_delete_=True, type="WeightedCrossEntropy", class_weight=weight)
norm_cfg = dict(type="BN", requires_grad=True)
model = dict(
    data_preprocessor=dict(size=crop),
    decode_head=dict(
        in_channels=256, in_index=0, channels=64, norm_cfg=norm_cfg, loss_decode=loss
    ),
    auxiliary_head=None,
)
load = dict(type="LoadImageFromFile")
masks = dict(type="LoadAnnotations")
pack = dict(type="PackSegInputs")
resize = dict(type="RandomResize", scale=scale, ratio_range=(0.7, 1.5), keep_ratio=True)
flip = dict(type="RandomFlip", prob=0.5)
voc12 = dict(
    type="PascalVOCDataset",
    data_root={{_base_.data_root}},
    data_prefix=dict(img_path="JPEGImages", seg_map_path="SegmentationClassAug"),
    ann_file="ImageSets/Segmentation/aug.txt",
    pipeline=[load, masks, resize, dict(type="RandomCrop", crop_size=crop), flip, pack],
)
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(batch_size=16, dataset=dict(_delete_=True, **voc12), **loader)
# The masks are shrunk like the pictures, which is what the network can tell apart.
small = dict(type="Resize", scale=scale, keep_ratio=True)
val_dataloader = dict(
    dataset=dict(pipeline=[load, masks, small, dict(type="JudgeAtThisSize"), pack]),
    **loader,
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
max_iters = 200
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=20),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01),
]
default_hooks = dict(checkpoint=dict(interval=max_iters), logger=dict(interval=50))
