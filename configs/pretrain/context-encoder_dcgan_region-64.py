# The released random-region network at 64 px; its README finds it better than 128 px.
_base_ = "./context-encoder_dcgan_region-128.py"

model = dict(
    backbone=dict(input_size=64),
    decoder=dict(output_size=64),
    discriminator=dict(input_size=64),
)
train_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=350),
            dict(type="ReleasedRandomCrop", size=64),
            dict(type="RandomHorizontalFlip"),
        ]
    )
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=64),
            dict(type="CenterCrop", size=64),
        ]
    )
)
