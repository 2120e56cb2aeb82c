# Relative location with ResNet-50: nine patches of 74 px from each picture.
_base_ = "../_base_/views.py"

model = dict(
    type="RelativeLocation",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    hidden_channels=2048,
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="RelativeLocationPatches", size=224)])
)
