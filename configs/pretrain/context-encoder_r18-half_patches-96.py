# What two CPU cores can teach features with: ResNet-18 of half width at 96 px, 60 % of
# 16 px patches removed, each patch of the target normalised. A picture a hundredth of
# a second on one core.
_base_ = [
    "../_base_/runtime.py",
    "../_base_/pictures.py",
    "../_base_/adamw.py",
]

model = dict(
    type="ContextEncoder",
    backbone=dict(
        type="TimmBackbone", model_name="resnet18", channels=(32, 64, 128, 256)
    ),
    decoder=dict(
        type="UpConvDecoder",
        channels=(128, 64, 32, 32, 3),
        norm="bn",
        output_padding=1,
        init="kaiming",
    ),
    reconstruction=dict(
        type="ReconstructionLoss", region="hole", target="patch", patch_size=16
    ),
)
mask = dict(type="GridPatches", patch_size=16, ratio=0.6)
train_dataloader = dict(
    num_workers="auto",
    dataset=dict(
        # Small pictures stay decoded: a few thousand of VOC's at 320 px.
        cache_mb=1024,
        transforms=[
            dict(type="RandomResizedCrop", size=96, scale=(0.2, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    num_workers="auto",
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=96),
            dict(type="CenterCrop", size=96),
        ],
        mask=mask,
    ),
)
train_cfg = dict(max_iters=1200, val_interval=400)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
]
default_hooks = dict(checkpoint=dict(interval=400))
