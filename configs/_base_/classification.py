# What runs with labels share: loop, hooks, logs, loaders. The validation after the last
# iteration is the result; it is in metrics.json as well.
default_scope = "ce_plugin"
randomness = dict(seed=0)
load_from = None
resume = False

train_cfg = dict(type="PretrainLoop", max_iters=100_000, val_interval=5000)
val_cfg = dict(type="ValLoop")
loader = dict(
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type="ce_plugin.collate_samples"),
)
train_dataloader = dict(**loader, drop_last=True, sampler=dict(type="SeededSampler"))
val_dataloader = dict(**loader, sampler=dict(type="DefaultSampler", shuffle=False))
del loader

default_hooks = dict(
    runtime_info=dict(type="FetchLossesHook"),
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(type="SafeCheckpointHook", interval=5000, max_keep_ckpts=2),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
custom_hooks = [
    dict(type="ThroughputHook"),
    dict(type="FiniteLossHook"),
    dict(type="MetricsFileHook"),
]
log_processor = dict(by_epoch=False)
visualizer = dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")])
# Buffers are broadcast: all processes judge with the same batch norm statistics.
model_wrapper_cfg = dict(type="MMDistributedDataParallel", broadcast_buffers=True)
# Of matrix products and convolutions on a GPU: 'tf32' or 'ieee'.
float32_precision = "tf32"
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
