# Linear probes on frozen conv1 ... conv5 at once, about 9,000 averaged values a layer,
# top-1 of each: the rows of Zhang et al. (context encoder, ImageNet-1k: 14.1 20.7 21.0
# 19.8 15.5). Schedule and batch norm before the linear layers as in Goyal et al. 2019.
_base_ = "../_base_/classification.py"

data_root = "data/ImageNet"
model = dict(
    type="ImageClassifier",
    data_preprocessor=dict(
        type="InpaintingPreprocessor", mean=(104, 117, 123), std=(1, 1, 1), bgr=True
    ),
    backbone=dict(
        type="CaffeNet",
        out_indices=("conv1", "conv2", "conv3", "conv4", "conv5"),
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    head=dict(
        type="LayerwiseLinear",
        names=("conv1", "conv2", "conv3", "conv4", "conv5"),
        num_classes=1000,
    ),
    loss=dict(type="CrossEntropyLoss"),
    train_layers="head",
)
train_dataloader = dict(
    batch_size=256,
    dataset=dict(
        type="ImageLabels",
        image_set="train",
        transforms=[
            dict(type="RandomResizedCrop", size=227),
            dict(type="RandomHorizontalFlip"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=256,
    dataset=dict(
        type="ImageLabels",
        image_set="val",
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="CenterCrop", size=227),
        ],
    ),
)
val_evaluator = dict(type="TopKAccuracy")

# 28 epochs of ImageNet-1k.
train_cfg = dict(max_iters=140_000, val_interval=5000)
sgd = dict(type="SGD", lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)
optim_wrapper = dict(optimizer=sgd)
param_scheduler = [
    dict(type="MultiStepLR", by_epoch=False, milestones=[40_000, 80_000, 120_000])
]
