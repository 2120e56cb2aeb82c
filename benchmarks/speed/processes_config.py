# A tiny network without batch statistics, so that processes can agree to rounding.
_base_ = "../../configs/_base_/runtime.py"

custom_imports = dict(imports=["processes_hook"])
model = dict(
    type="ContextEncoder",
    data_preprocessor=dict(
        type="InpaintingPreprocessor",
        mean=(127.5,) * 3,
        std=(127.5,) * 3,
        fill=(117, 104, 123),
    ),
    backbone=dict(type="MLPEncoder", widths=(64, 32)),
    decoder=dict(type="MLPDecoder", in_channels=32, widths=(64,)),
    reconstruction=dict(type="ReconstructionLoss", region="full"),
)
train_dataloader = dict(
    batch_size=64,
    num_workers=0,
    drop_last=True,
    collate_fn=dict(type="ce_plugin.collate_samples"),
    sampler=dict(type="SeededSampler"),
    dataset=dict(
        type="Pictures",
        split="train",
        cache_mb=0,
        transforms=[dict(type="RandomResizedCrop", size=28)],
        mask=dict(type="RandomBlock"),
    ),
)
optim_wrapper = dict(
    constructor="ContextEncoderOptimWrapper",
    type="OptimWrapper",
    optimizer=dict(type="SGD", lr=0.05, momentum=0.9),
)
train_cfg = dict(max_iters=40)
val_cfg = None
val_evaluator = None
default_hooks = dict(checkpoint=dict(interval=10), logger=dict(interval=10))
custom_hooks = [dict(type="BadPictureHook"), dict(type="ProcessFigures")]
