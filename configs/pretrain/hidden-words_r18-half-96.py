# Hidden words for two CPU cores: ResNet-18 of half width at 96 px, words of 8 px cells,
# patches of 16 px hidden.
_base_ = "./hidden-words_r50-224.py"

model = dict(
    backbone=dict(model_name="resnet18", channels=(32, 64, 128, 256)),
    targets=dict(words=dict(cell=8, words=256)),
)
mask = dict(type="GridPatches", patch_size=16, ratio=0.6)
train_dataloader = dict(
    batch_size=64,
    num_workers=1,
    pin_memory=False,
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
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=96),
            dict(type="CenterCrop", size=96),
        ],
        mask=mask,
    ),
)
# The best of three trials, benchmarks/suites/voc320_choose.py.
optim_wrapper = dict(optimizer=dict(lr=3e-3))
train_cfg = dict(max_iters=1200, val_interval=400)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
]
default_hooks = dict(checkpoint=dict(interval=400))
