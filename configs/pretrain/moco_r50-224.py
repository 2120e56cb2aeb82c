# MoCo v2 with ResNet-50: a view against 65,536 earlier ones.
_base_ = "../_base_/views.py"

model = dict(
    type="MoCo",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    queue=65536,
    momentum=0.999,
    temperature=0.2,
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="MoCoV2", size=224)])
)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="SGD", lr=0.03, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=None,
)
