# Linear probes on the frozen stem and the four stages of a ResNet-50 at once.
_base_ = "./linear-probe_caffenet_imagenet.py"

model = dict(
    data_preprocessor=dict(
        mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), bgr=False
    ),
    backbone=dict(
        _delete_=True,
        type="TimmBackbone",
        model_name="resnet50",
        out_indices=(0, 1, 2, 3, 4),
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    head=dict(names=("conv1", "layer1", "layer2", "layer3", "layer4")),
)
train_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=224),
            dict(type="RandomHorizontalFlip"),
        ]
    )
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="CenterCrop", size=224),
        ]
    )
)
