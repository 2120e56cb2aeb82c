# AdamW, warm-up and cosine: how encoders of today are trained.
optim_wrapper = dict(
    constructor="ContextEncoderOptimWrapper",
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.05, fused=True),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
# Both from the start, so that a run of any length can be asked for.
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=1000),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
]
