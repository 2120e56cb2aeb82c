# Barlow Twins with ResNet-50: 8,192 channels that agree with their twin only. The
# paper's recipe at its 0.2 for each 256 pictures of a batch; there 2048 pictures and
# 1000 epochs, and a smaller rate, 0.0048, for norms and biases.
_base_ = "../_base_/views.py"

model = dict(
    type="BarlowTwins",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    redundancy=5e-3,
)
# The paper takes BYOL's two kinds of views.
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="BYOL", size=224)])
)
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True, type="LARS", lr=0.2, momentum=0.9, weight_decay=1.5e-6
    )
)
