# The default job: a narrow Context Encoder on the photographs that scikit-image and
# scikit-learn carry, 64 px, random regions, both losses; about five minutes on 2 cores.
# Own pictures: --cfg-options data_root=/my/photos
_base_ = ["./_base_/runtime.py", "./_base_/pictures.py", "./_base_/dcgan.py"]

# In place of the released code's vector of 4000 the 4x4 map itself is handed on: a few
# minutes are enough to learn from it.
model = dict(
    backbone=dict(input_size=64, base_channels=32, bottleneck=None),
    decoder=dict(
        _delete_=True,
        type="UpConvDecoder",
        channels=(128, 64, 32, 3),
        norm="bn",
        output_padding=1,
        init="dcgan",
    ),
    discriminator=dict(input_size=64, base_channels=16),
)
mask = dict(type="RandomRegion", kind="noise")
train_dataloader = dict(
    num_workers="auto",
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=64, scale=(0.08, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    num_workers="auto",
    dataset=dict(
        limit=64,
        crops_per_picture=16,
        transforms=[dict(type="RandomResizedCrop", size=64, scale=(0.2, 1.0))],
        mask=mask,
    ),
)
train_cfg = dict(max_iters=1050, val_interval=350)
param_scheduler = [
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01)
]
default_hooks = dict(checkpoint=dict(interval=350))
