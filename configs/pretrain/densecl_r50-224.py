# DenseCL with ResNet-50: MoCo v2 on views and on the 7x7 positions of their maps. With
# 256 pictures on one device a matrix of positions and queue takes 3.3 GB; there are a
# few of them.
_base_ = "../_base_/views.py"

model = dict(
    type="DenseCL",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="DenseCL", size=224)])
)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="SGD", lr=0.03, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=None,
)
