# DINO with ResNet-50: two crops of 224 px, six of 96. Crops and optimizer as the
# released code's page has them for ResNet-50.
_base_ = "../_base_/views.py"

model = dict(
    type="DINO",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
)
train_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(
                type="BatchViews",
                method="DINO",
                size=224,
                global_crop_scale=(0.14, 1.0),
                local_crop_scale=(0.05, 0.14),
            )
        ]
    )
)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="SGD", lr=0.03, momentum=0.9, weight_decay=1e-4)
)
