# SimCLR with ResNet-50: two views of a picture against all others of the batch.
_base_ = "../_base_/views.py"

model = dict(
    type="SimCLR",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    hidden_channels=2048,
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="SimCLR", size=224)])
)
