# BYOL with ResNet-50: a view predicts what a slower copy makes of the other one.
_base_ = "../_base_/views.py"

model = dict(
    type="BYOL",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    momentum=0.996,
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="LightlyViews", method="BYOL", size=224)])
)
