# ImageNet fine-tuning of a ResNet-50 by recipe A3 of Wightman et al. 2021: 160 px, test
# at 224 px, 100 epochs, --amp. The row "Inpainting 78.4" of other people's tables is of
# this kind, and lies within the noise of no pretraining at all (from random weights the
# recipe's authors have 78.1, a user 78.2). The probes tell more about an encoder.
# Batch 2048 = 8 GPUs x 256. With N GPUs: optim_wrapper.accumulative_counts = 8 / N, and
# as many times max_iters, val_interval and the warm-up's end.
_base_ = "../_base_/classification.py"

data_root = "data/ImageNet"
model = dict(
    type="ImageClassifier",
    data_preprocessor=dict(type="InpaintingPreprocessor"),
    backbone=dict(
        type="TimmBackbone",
        model_name="resnet50",
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    head=dict(type="PooledLinear", num_classes=1000),
    # Classes of mixed pictures count in full; others leave their shares (None).
    loss=dict(type="BinaryCrossEntropyLoss", threshold=0.2),
    mix=dict(type="MixupCutMix", num_classes=1000, mixup=0.1, cutmix=1.0),
)
train_dataloader = dict(
    batch_size=256,
    num_workers=12,
    dataset=dict(
        type="ImageLabels",
        image_set="train",
        transforms=[
            dict(type="RandomResizedCrop", size=160, interpolation="bicubic"),
            dict(type="RandomHorizontalFlip"),
            dict(type="TimmAutoAugment", recipe="rand-m6-mstd0.5-inc1"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=256,
    dataset=dict(
        type="ImageLabels",
        image_set="val",
        transforms=[
            dict(type="ShortSideResize", size=235, interpolation="bicubic"),
            dict(type="CenterCrop", size=224),
        ],
    ),
)
val_evaluator = dict(type="TopKAccuracy")

train_cfg = dict(max_iters=62_500, val_interval=3125)
optim_wrapper = dict(
    optimizer=dict(type="Lamb", lr=8e-3, weight_decay=0.02),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
# The cosine counts from the start, as timm has it.
warmup = dict(type="LinearLR", start_factor=0.0125, by_epoch=False, begin=0, end=3125)
cosine = dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6)
param_scheduler = [warmup, cosine]
