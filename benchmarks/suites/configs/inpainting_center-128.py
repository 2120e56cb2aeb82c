# The released geometry of the center, narrow enough for one CPU core: 56 of 128 px are
# hidden and 64 predicted, both losses. The 4x4 map takes the place of the vector of
# 4000, as in the default job. Pictures: --cfg-options data_root=...
_base_ = [
    "../../../configs/_base_/runtime.py",
    "../../../configs/_base_/pictures.py",
    "../../../configs/_base_/dcgan.py",
]

model = dict(
    window="center",
    backbone=dict(base_channels=32, bottleneck=None),
    decoder=dict(
        _delete_=True,
        type="UpConvDecoder",
        channels=(128, 64, 32, 3),
        norm="bn",
        output_padding=1,
        init="dcgan",
    ),
    discriminator=dict(input_size=64, base_channels=16),
    reconstruction=dict(overlap=4),
)
optim_wrapper = dict(type="AutocastOptimWrapper")
crop = dict(size=128)
mask = dict(type="CenterRegion", overlap=4)
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    persistent_workers=False,
    pin_memory=False,
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", scale=(0.2, 1.0), **crop),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
        held_out=0.02,
        cache_mb=2048,
    ),
)
val_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    pin_memory=False,
    dataset=dict(
        limit=64,
        transforms=[
            dict(type="ShortSideResize", size=128),
            dict(type="CenterCrop", **crop),
        ],
        mask=mask,
        held_out=0.02,
    ),
)
del crop
max_iters = 3000
train_cfg = dict(max_iters=max_iters, val_interval=1000)
param_scheduler = [
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01)
]
default_hooks = dict(checkpoint=dict(interval=200))
