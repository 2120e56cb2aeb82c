# Inpainting of the centre, as released: 64 px predicted, 56 px hidden, the ring of 4 px
# between them weighs 10 times.
_base_ = ["../_base_/runtime.py", "../_base_/pictures.py", "../_base_/dcgan.py"]

model = dict(
    decoder=dict(output_size=64),
    discriminator=dict(input_size=64),
    reconstruction=dict(overlap=4),
    window="center",
)
transforms = [
    dict(type="ShortSideResize", size=350),
    dict(type="ReleasedRandomCrop", size=128),
    dict(type="RandomHorizontalFlip"),
]
# The released sampling: with replacement, first a class folder, then a picture of it.
train_dataloader = dict(
    sampler=dict(replacement=True, class_balanced=True),
    dataset=dict(transforms=transforms, mask=dict(type="CenterRegion", overlap=4)),
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=128),
            dict(type="CenterCrop", size=128),
        ],
        mask=dict(type="CenterRegion", overlap=4),
    )
)
# 500 epochs of 14,900 pictures, 64 an iteration.
train_cfg = dict(max_iters=116_500)
