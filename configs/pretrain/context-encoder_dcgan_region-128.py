# Inpainting of random regions, as released: noise-shaped holes, one for a whole batch,
# the loss over the whole picture, the discriminator on whole pictures.
_base_ = ["../_base_/runtime.py", "../_base_/pictures.py", "../_base_/dcgan.py"]

model = dict(data_preprocessor=dict(one_mask_per_batch=True))
mask = dict(type="RandomRegion", kind="noise")
train_dataloader = dict(
    sampler=dict(replacement=True, class_balanced=True),
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=350),
            dict(type="ReleasedRandomCrop", size=128),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=128),
            dict(type="CenterCrop", size=128),
        ],
        mask=mask,
    )
)
# 500 epochs of 14,900 pictures, 64 an iteration.
train_cfg = dict(max_iters=116_500)
