# What every pretraining run shares: loop, hooks, logs.
default_scope = "ce_plugin"
# A folder, a list file or a VOCdevkit; None: the photographs of two packages.
data_root = None
randomness = dict(seed=0)
load_from = None
resume = False

train_cfg = dict(type="PretrainLoop", max_iters=100_000, val_interval=5000)
val_cfg = dict(type="ValLoop")
val_evaluator = dict(type="InpaintingMetrics")

default_hooks = dict(
    runtime_info=dict(type="FetchLossesHook"),
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(type="SafeCheckpointHook", interval=1000, max_keep_ckpts=2),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
custom_hooks = [
    dict(type="ThroughputHook"),
    dict(type="FiniteLossHook"),
    dict(type="BadPictureHook"),
    dict(type="ReconstructionHook"),
    dict(type="EncoderExportHook"),
    dict(type="ResultPageHook"),
]
log_processor = dict(by_epoch=False)
visualizer = dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")])

# One wrapper for each network: mmengine's plain one passes over a model's own step.
model_wrapper_cfg = dict(
    type="MMSeparateDistributedDataParallel",
    broadcast_buffers=False,
    find_unused_parameters=False,
)
# Of matrix products and convolutions on a GPU: 'tf32' or 'ieee'.
float32_precision = "tf32"
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
