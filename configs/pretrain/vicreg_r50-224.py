# VICReg with ResNet-50: views agree, 8,192 channels vary on their own. The paper's
# recipe at its 0.2 for each 256 pictures of a batch; there 2048 pictures and 1000
# epochs.
_base_ = "../_base_/views.py"

model = dict(
    type="VICReg",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    invariance=25.0,
    variance=25.0,
    covariance=1.0,
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="VICReg", size=224)])
)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="LARS", lr=0.2, momentum=0.9, weight_decay=1e-6)
)
