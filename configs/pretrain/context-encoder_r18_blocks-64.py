# Small, for work on a CPU: ResNet-18, random blocks, 64 px.
_base_ = [
    "../_base_/runtime.py",
    "../_base_/pictures.py",
    "../_base_/adamw.py",
]

model = dict(
    type="ContextEncoder",
    backbone=dict(type="TimmBackbone", model_name="resnet18"),
    bottleneck=dict(type="ConvBottleneck", out_channels=256, kernel_size=2),
    decoder=dict(
        type="UpConvDecoder",
        channels=(256, 128, 64, 64, 32, 3),
        norm="bn",
        output_padding=1,
        init="kaiming",
    ),
    reconstruction=dict(type="ReconstructionLoss", region="hole"),
)
mask = dict(type="RandomBlock")
train_dataloader = dict(
    num_workers=2,
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=64, scale=(0.2, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    num_workers=2,
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=64),
            dict(type="CenterCrop", size=64),
        ],
        mask=mask,
    ),
)
train_cfg = dict(max_iters=20_000, val_interval=2000)
