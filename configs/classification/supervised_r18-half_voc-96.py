# The ceiling beside self-supervised encoders: the same network at 96 px learns the
# labels of all of VOC's train lists that are there, from scratch, and exports itself.
_base_ = ["../_base_/classification.py", "../_base_/adamw.py"]

data_root = "data/VOCdevkit"
model = dict(
    type="ImageClassifier",
    data_preprocessor=dict(type="PicturePreprocessor"),
    backbone=dict(
        type="TimmBackbone", model_name="resnet18", channels=(32, 64, 128, 256)
    ),
    head=dict(type="PooledLinear", num_classes=20),
    loss=dict(type="MultiLabelLoss"),
)
train_dataloader = dict(
    batch_size=64,
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        type="VOCLabels",
        image_set="train",
        cache_mb=1024,
        transforms=[
            dict(type="RandomResizedCrop", size=96, scale=(0.2, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        type="VOCLabels",
        image_set="val",
        transforms=[
            dict(type="ShortSideResize", size=96),
            dict(type="CenterCrop", size=96),
        ],
    ),
)
# Looked at once, at the end: nothing is chosen by it.
val_evaluator = dict(type="VOCMultiLabelAP")
train_cfg = dict(max_iters=1200, val_interval=1200)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
]
default_hooks = dict(checkpoint=dict(interval=400))
custom_hooks = [
    dict(type="ThroughputHook"),
    dict(type="FiniteLossHook"),
    dict(type="MetricsFileHook"),
    dict(type="EncoderExportHook"),
]
