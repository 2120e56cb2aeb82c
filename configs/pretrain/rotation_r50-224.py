# Rotation with ResNet-50: four copies of each picture in a step.
_base_ = "../_base_/views.py"

model = dict(
    type="RotationPrediction",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
)
train_dataloader = dict(
    batch_size=128,
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=224, scale=(0.2, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ]
    ),
)
