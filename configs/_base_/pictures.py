# Pictures in, crops out; a config sets the transforms and the mask of both datasets.
loader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type="ce_plugin.collate_samples"),
)
train_dataloader = dict(
    **loader,
    drop_last=True,
    sampler=dict(type="SeededSampler"),
    dataset=dict(type="Pictures", split="train", held_out=0.05),
)
val_dataloader = dict(
    **loader,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(type="Pictures", split="val", held_out=0.05, limit=500),
)
del loader
