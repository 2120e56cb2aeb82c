custom_hooks = [
    dict(type='ThroughputHook'),
    dict(type='FiniteLossHook'),
    dict(type='BadPictureHook'),
    dict(type='TargetFitHook'),
    dict(type='ReconstructionHook'),
    dict(type='NormStatisticsHook'),
    dict(type='EncoderExportHook'),
    dict(type='ResultPageHook'),
]
data_root = 'photos'
default_hooks = dict(
    checkpoint=dict(
        interval=2,
        max_keep_ckpts=2,
        save_optimizer=False,
        type='SafeCheckpointHook'),
    logger=dict(interval=1, type='LoggerHook'),
    param_scheduler=dict(type='ParamSchedulerHook'),
    runtime_info=dict(type='FetchLossesHook'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    timer=dict(type='IterTimerHook'))
default_scope = 'ce_plugin'
env_cfg = dict(
    cudnn_benchmark=True,
    dist_cfg=dict(backend='nccl'),
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
float32_precision = 'tf32'
launcher = 'none'
load_from = None
log_processor = dict(by_epoch=False)
mask = dict(patch_size=16, ratio=0.4, type='GridPatches')
model = dict(
    backbone=dict(
        channels=[
            2,
            2,
            4,
            4,
        ], model_name='resnet18', type='TimmBackbone'),
    targets=dict(words=dict(cell=8, type='VisualWords', words=4)),
    type='TargetPrediction')
model_wrapper_cfg = dict(
    broadcast_buffers=False, type='MMDistributedDataParallel')
optim_wrapper = dict(
    constructor='ContextEncoderOptimWrapper',
    optimizer=dict(fused=True, lr=0.001, type='AdamW', weight_decay=0.05),
    paramwise_cfg=dict(bias_decay_mult=0.0, norm_decay_mult=0.0),
    type='OptimWrapper')
param_scheduler = [
    dict(begin=0, by_epoch=False, end=100, start_factor=0.01, type='LinearLR'),
    dict(begin=0, by_epoch=False, eta_min=1e-06, type='CosineAnnealingLR'),
]
randomness = dict(seed=0)
resume = False
train_cfg = dict(max_iters=2, type='PretrainLoop', val_interval=2)
train_dataloader = dict(
    batch_size=4,
    collate_fn=dict(type='ce_plugin.collate_samples'),
    dataset=dict(
        cache_mb=1024,
        data_root='photos',
        held_out=0.05,
        mask=dict(patch_size=16, ratio=0.4, type='GridPatches'),
        seed=0,
        split='train',
        transforms=[
            dict(scale=(
                0.2,
                1.0,
            ), size=96, type='RandomResizedCrop'),
            dict(type='RandomHorizontalFlip'),
        ],
        type='Pictures'),
    drop_last=True,
    num_workers=0,
    persistent_workers=False,
    pin_memory=False,
    sampler=dict(type='SeededSampler'))
val_cfg = dict(type='ValLoop')
val_dataloader = dict(
    batch_size=64,
    collate_fn=dict(type='ce_plugin.collate_samples'),
    dataset=dict(
        data_root='photos',
        held_out=0.05,
        limit=500,
        mask=dict(patch_size=16, ratio=0.4, type='GridPatches'),
        seed=0,
        split='val',
        transforms=[
            dict(size=96, type='ShortSideResize'),
            dict(size=96, type='CenterCrop'),
        ],
        type='Pictures'),
    num_workers=0,
    persistent_workers=False,
    pin_memory=False,
    sampler=dict(shuffle=False, type='DefaultSampler'))
val_evaluator = dict(type='InpaintingMetrics')
visualizer = dict(
    type='Visualizer', vis_backends=[
        dict(type='LocalVisBackend'),
    ])
work_dir = 'run-hidden-words'
