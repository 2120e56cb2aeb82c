# Colorization with ResNet-50: bins of Lab's a and b at a quarter of the resolution.
_base_ = [
    "../_base_/runtime.py",
    "../_base_/pictures.py",
    "../_base_/adamw.py",
]

model = dict(
    type="Colorization",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    channels=256,
)
train_dataloader = dict(
    batch_size=256,
    num_workers=12,
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=224, scale=(0.2, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ]
    ),
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="CenterCrop", size=224),
        ]
    )
)
val_evaluator = dict(_delete_=True, type="PictureMetrics")
model_wrapper_cfg = dict(
    _delete_=True, type="MMDistributedDataParallel", broadcast_buffers=False
)
