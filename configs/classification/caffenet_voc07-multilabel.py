# VOC 2007 classification after the protocol by which the paper's table 2 is compared
# (there: 56.5 mAP, random init 53.3). All layers are trained; for fewer:
#   --cfg-options model.train_layers=fc8      (or fc6-8)
# Random init: model.backbone.init_cfg=None. fc6 and fc7 are random either way.
_base_ = "../_base_/classification.py"

data_root = "data/VOCdevkit"
model = dict(
    type="ImageClassifier",
    data_preprocessor=dict(
        type="InpaintingPreprocessor", mean=(104, 117, 123), std=(1, 1, 1), bgr=True
    ),
    backbone=dict(
        type="CaffeNet",
        out_indices=("pool5",),
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    head=dict(type="CaffeNetHead", num_classes=20),
    loss=dict(type="MultiLabelLoss"),
    train_layers="all",
)
# The same random transform for training and for testing, where ten draws are summed.
transforms = [
    dict(type="VOCRandomSquareCrop", size=227, low=0.5, high=2.0),
    dict(type="RandomHorizontalFlip"),
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        type="VOCLabels", image_set="trainval", years=["2007"], transforms=transforms
    ),
)
val_dataloader = dict(
    batch_size=40,
    dataset=dict(
        type="VOCLabels",
        image_set="test",
        years=["2007"],
        crops_per_picture=10,
        transforms=transforms,
    ),
)
val_evaluator = dict(type="VOCMultiLabelAP")

train_cfg = dict(max_iters=80_000, val_interval=80_000)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=1e-3, momentum=0.9, weight_decay=1e-6),
    paramwise_cfg=dict(bias_lr_mult=2.0),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [dict(type="StepLR", by_epoch=False, step_size=10_000, gamma=0.5)]
