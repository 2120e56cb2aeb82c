# The generator that comes with the package: fills centers, regions and blocks of 128 px
# pictures. A narrow DCGAN encoder, skips to the decoder, the squared error in the hole
# and no adversary: what fills holes best on average in an hour of one core.
# Pictures: --cfg-options data_root=...
_base_ = ["../_base_/runtime.py", "../_base_/pictures.py", "../_base_/adamw.py"]

model = dict(
    type="ContextEncoder",
    data_preprocessor=dict(
        type="InpaintingPreprocessor",
        mean=(127.5, 127.5, 127.5),
        std=(127.5, 127.5, 127.5),
        channels_last=True,
    ),
    backbone=dict(
        type="DCGANEncoder",
        base_channels=40,
        bottleneck=None,
        out_indices=(0, 1, 2, 3, 4),
    ),
    decoder=dict(type="UNetDecoder"),
    reconstruction=dict(type="ReconstructionLoss", region="hole"),
)
holes = [
    dict(type="CenterRegion", overlap=4),
    dict(type="RandomRegion", kind="noise"),
    dict(type="RandomBlock"),
    dict(
        type="RandomBlock", min_side=0.25, max_side=0.55, max_area=0.31, stop_area=0.15
    ),
]
mask = dict(type="RandomChoice", generators=holes)
del holes
loader = dict(num_workers=0, persistent_workers=False, pin_memory=False)
# Small pictures stay decoded: a few thousand of VOC's at 320 px.
train_set = dict(cache_mb=2048, held_out=0.02, mask=mask)
train_set["transforms"] = [
    dict(type="RandomResizedCrop", size=128, scale=(0.2, 1.0)),
    dict(type="RandomHorizontalFlip"),
]
val_set = dict(limit=64, held_out=0.02, mask=mask)
val_set["transforms"] = [
    dict(type="ShortSideResize", size=128),
    dict(type="CenterCrop", size=128),
]
train_dataloader = dict(**loader, batch_size=32, dataset=train_set)
val_dataloader = dict(**loader, dataset=val_set)
del loader, train_set, val_set
train_cfg = dict(max_iters=6000, val_interval=1000)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=200),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
]
default_hooks = dict(checkpoint=dict(interval=200))
