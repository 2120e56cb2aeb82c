# SimMIM with ViT-B/16: 60 % of 32 px patches hidden, absolute error of their pixels.
# The released recipe at its learning rate of 1e-4 for each 512 pictures of a batch;
# there 2048 pictures and 800 epochs.
_base_ = "./mae_vit-base-224.py"

model = dict(
    _delete_=True,
    type="SimMIM",
    backbone=dict(
        type="TimmBackbone",
        model_name="vit_base_patch16_224",
        norm=True,
        drop_path_rate=0.1,
    ),
)
train_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=224, scale=(0.67, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ],
    ),
)
optim_wrapper = dict(
    optimizer=dict(lr=5e-5, betas=(0.9, 0.999)), clip_grad=dict(max_norm=5)
)
