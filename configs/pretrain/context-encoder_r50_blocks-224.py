# ResNet-50 at 224 px, random blocks, L2 in the hole: for mmdet and mmseg.
_base_ = [
    "../_base_/runtime.py",
    "../_base_/pictures.py",
    "../_base_/adamw.py",
]

model = dict(
    type="ContextEncoder",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    bottleneck=dict(type="ConvBottleneck", out_channels=512, kernel_size=1),
    decoder=dict(type="UpConvDecoder", norm="bn", output_padding=1, init="kaiming"),
    reconstruction=dict(type="ReconstructionLoss", region="hole"),
)
mask = dict(type="RandomBlock")
train_dataloader = dict(
    batch_size=256,
    num_workers=12,
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=224, scale=(0.2, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="CenterCrop", size=224),
        ],
        mask=mask,
    )
)
