# The default job: a narrow Context Encoder on the photographs that scikit-image and
# scikit-learn carry, 64 px, random regions, both losses; about five minutes on 2 cores.
# Own pictures: --cfg-options data_root=/my/photos
_base_ = ["./_base_/runtime.py", "./_base_/pictures.py", "./_base_/dcgan.py"]

model = dict(
    backbone=dict(input_size=64, base_channels=32, bottleneck=512),
    decoder=dict(output_size=64, base_channels=32),
    discriminator=dict(input_size=64, base_channels=32),
    reconstruction=dict(region="hole", normalizer="region"),
)
mask = dict(type="RandomRegion", kind="noise")
train_dataloader = dict(
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=64, scale=(0.05, 0.5)),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        crops_per_picture=16,
        transforms=[dict(type="RandomResizedCrop", size=64, scale=(0.2, 1.0))],
        mask=mask,
    ),
)
train_cfg = dict(max_iters=1500, val_interval=300)
default_hooks = dict(checkpoint=dict(interval=300))
custom_hooks = [
    dict(type="ThroughputHook"),
    dict(type="FiniteLossHook"),
    dict(type="BadPictureHook"),
    dict(type="ReconstructionHook", interval=300),
    dict(type="EncoderExportHook"),
    dict(type="ResultPageHook"),
]
