# Methods that compare views: no hole to fill, nothing to judge on held-out pictures.
_base_ = ["./runtime.py", "./adamw.py"]

model = dict(data_preprocessor=dict(type="PicturePreprocessor", channels_last=True))
train_dataloader = dict(
    batch_size=256,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    collate_fn=dict(type="ce_plugin.collate_samples"),
    sampler=dict(type="SeededSampler"),
    dataset=dict(type="Pictures", split="all"),
)
val_cfg = None
val_evaluator = None
custom_hooks = [
    dict(type="ThroughputHook"),
    dict(type="FiniteLossHook"),
    dict(type="BadPictureHook"),
    dict(type="EncoderExportHook"),
    dict(type="ResultPageHook"),
]
model_wrapper_cfg = dict(type="MMDistributedDataParallel", broadcast_buffers=False)
