# Semantic FPN on any encoder for one CPU core: pictures of 160 px, crops of 96 x 128.
# Data, classes and the encoder's channels are set by the task.
_base_ = "mmseg::_base_/default_runtime.py"

crop = (96, 128)
scale = (160, 160)
width = 64
norm_cfg = dict(type="BN", requires_grad=True)
model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(type="SegDataPreProcessor", size=crop, pad_val=0),
    backbone=dict(),
    # Normed: encoders' maps differ in scale, and that is not what is asked for.
    neck=dict(type="FPN", out_channels=width, num_outs=4, norm_cfg=norm_cfg),
    decode_head=dict(
        type="FPNHead",
        in_channels=[width] * 4,
        in_index=[0, 1, 2, 3],
        channels=width,
        dropout_ratio=0.1,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type="CrossEntropyLoss"),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
load = dict(type="LoadImageFromFile")
masks = dict(type="LoadAnnotations")
pack = dict(type="PackSegInputs")
small = dict(type="Resize", scale=scale, keep_ratio=True)
resize = dict(type="RandomResize", scale=scale, ratio_range=(0.8, 1.4), keep_ratio=True)
cut = dict(type="RandomCrop", crop_size=crop)
flip = dict(type="RandomFlip", prob=0.5)
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    batch_size=8,
    sampler=dict(type="InfiniteSampler", shuffle=True),
    dataset=dict(
        type="BaseSegDataset",
        data_root="",
        pipeline=[load, masks, resize, cut, flip, pack],
    ),
    **loader,
)
val_dataloader = dict(
    batch_size=1,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="BaseSegDataset",
        data_root="",
        # Judged at 160 px, where the network has seen its pictures.
        pipeline=[load, masks, small, dict(type="JudgeAtThisSize"), pack],
    ),
    **loader,
)
val_evaluator = dict(type="PerClassIoU", iou_metrics=["mIoU"])
val_cfg = dict(type="ValLoop")
custom_imports = dict(imports=["harness.tasks.mmseg_parts"], allow_failed_imports=False)
optim_wrapper = dict(
    type="ce_plugin.AutocastOptimWrapper",
    optimizer=dict(type="AdamW", lr=3e-3, weight_decay=0.05),
)
max_iters = 300
train_cfg = dict(type="IterBasedTrainLoop", max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=30),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min_ratio=0.01),
]
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=max_iters),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
