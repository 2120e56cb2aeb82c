# SwAV with ResNet-50: two crops of 224 px, six of 96. The released recipe for batches
# of 256, where a queue makes up for their being few: 0.6 for 256 pictures, 200 epochs,
# the queue from the fifteenth on.
_base_ = "../_base_/views.py"

model = dict(
    type="SwAV",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    queue=3840,
    queue_start=15 / 200,
)
train_dataloader = dict(
    dataset=dict(transforms=[dict(type="BatchViews", method="SwaV", size=224)])
)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="LARS", lr=0.6, momentum=0.9, weight_decay=1e-6)
)
