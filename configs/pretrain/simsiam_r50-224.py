# SimSiam with ResNet-50: a view predicts the other, with neither negatives nor copy.
_base_ = "../_base_/views.py"

model = dict(
    type="SimSiam",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="SimSiam", size=224)])
)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="SGD", lr=0.05, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=None,
)
