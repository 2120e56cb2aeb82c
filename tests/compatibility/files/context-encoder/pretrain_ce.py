custom_hooks = [
    dict(type='ThroughputHook'),
    dict(type='FiniteLossHook'),
    dict(type='BadPictureHook'),
    dict(type='ReconstructionHook'),
    dict(type='EncoderExportHook'),
    dict(type='ResultPageHook'),
]
data_root = 'photos'
default_hooks = dict(
    checkpoint=dict(interval=2, max_keep_ckpts=2, type='SafeCheckpointHook'),
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
mask = dict(kind='noise', type='RandomRegion')
model = dict(
    adversarial=dict(type='AdversarialLoss'),
    backbone=dict(
        base_channels=1, bottleneck=None, input_size=64, type='DCGANEncoder'),
    data_preprocessor=dict(
        fill=(
            117,
            104,
            123,
        ),
        mean=(
            127.5,
            127.5,
            127.5,
        ),
        std=(
            127.5,
            127.5,
            127.5,
        ),
        type='InpaintingPreprocessor'),
    decoder=dict(
        channels=[
            8,
            4,
            4,
            3,
        ],
        init='dcgan',
        norm='bn',
        output_padding=1,
        type='UpConvDecoder'),
    discriminator=dict(
        base_channels=1, input_size=64, type='DCGANDiscriminator'),
    reconstruction=dict(
        normalizer='elements', region='full', type='ReconstructionLoss'),
    reconstruction_weight=0.999,
    type='ContextEncoder')
model_wrapper_cfg = dict(
    broadcast_buffers=False,
    find_unused_parameters=False,
    type='MMSeparateDistributedDataParallel')
optim_wrapper = dict(
    constructor='ContextEncoderOptimWrapper',
    lr_factor='released',
    optimizer=dict(betas=(
        0.5,
        0.999,
    ), fused=True, lr=0.0002, type='Adam'),
    type='OptimWrapper')
param_scheduler = [
    dict(
        begin=0, by_epoch=False, eta_min_ratio=0.01, type='CosineAnnealingLR'),
]
randomness = dict(seed=0)
resume = False
train_cfg = dict(max_iters=2, type='PretrainLoop', val_interval=2)
train_dataloader = dict(
    batch_size=4,
    collate_fn=dict(type='ce_plugin.collate_samples'),
    dataset=dict(
        data_root='photos',
        held_out=0.05,
        mask=dict(kind='noise', type='RandomRegion'),
        seed=0,
        split='train',
        transforms=[
            dict(scale=(
                0.08,
                1.0,
            ), size=64, type='RandomResizedCrop'),
            dict(type='RandomHorizontalFlip'),
        ],
        type='Pictures'),
    drop_last=True,
    num_workers=0,
    persistent_workers=False,
    pin_memory=True,
    sampler=dict(type='SeededSampler'))
val_cfg = dict(type='ValLoop')
val_dataloader = dict(
    batch_size=64,
    collate_fn=dict(type='ce_plugin.collate_samples'),
    dataset=dict(
        crops_per_picture=2,
        data_root='photos',
        held_out=0.05,
        limit=64,
        mask=dict(kind='noise', type='RandomRegion'),
        seed=0,
        split='val',
        transforms=[
            dict(scale=(
                0.2,
                1.0,
            ), size=64, type='RandomResizedCrop'),
        ],
        type='Pictures'),
    num_workers=0,
    persistent_workers=False,
    pin_memory=True,
    sampler=dict(shuffle=False, type='DefaultSampler'))
val_evaluator = dict(type='InpaintingMetrics')
visualizer = dict(
    type='Visualizer', vis_backends=[
        dict(type='LocalVisBackend'),
    ])
work_dir = 'run-context-encoder'
