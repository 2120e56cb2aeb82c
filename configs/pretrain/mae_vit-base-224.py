# MAE with ViT-B/16: three quarters of the patches hidden, patches normalised. The
# paper's recipe at its learning rate of 1.5e-4 for each 256 pictures of a batch; there
# 4096 pictures and 800 epochs or more.
_base_ = [
    "../_base_/runtime.py",
    "../_base_/pictures.py",
    "../_base_/adamw.py",
]

model = dict(
    type="MAE",
    backbone=dict(type="TimmBackbone", model_name="vit_base_patch16_224", norm=True),
)
train_dataloader = dict(
    batch_size=256,
    num_workers=12,
    dataset=dict(
        transforms=[
            dict(
                type="RandomResizedCrop",
                size=224,
                scale=(0.2, 1.0),
                interpolation="bicubic",
            ),
            dict(type="RandomHorizontalFlip"),
        ],
    ),
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="CenterCrop", size=224),
        ],
    )
)
optim_wrapper = dict(optimizer=dict(lr=1.5e-4, betas=(0.9, 0.95)))
# One network, one wrapper.
model_wrapper_cfg = dict(
    _delete_=True, type="MMDistributedDataParallel", broadcast_buffers=False
)
