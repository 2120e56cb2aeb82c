# BYOL with ResNet-50: a view predicts what a slower copy makes of the other one. The
# paper's recipe at its 0.2 for each 256 pictures of a batch; there 4096 pictures and
# 1000 epochs.
_base_ = "../_base_/views.py"

model = dict(
    type="BYOL",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    momentum=0.996,
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="BYOL", size=224)])
)
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True, type="LARS", lr=0.2, momentum=0.9, weight_decay=1.5e-6
    )
)
