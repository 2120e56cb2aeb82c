# Like inpainting_center-128, for holes anywhere: noise regions, and the whole picture
# is predicted.
_base_ = "./inpainting_center-128.py"

model = dict(
    window="full",
    decoder=dict(channels=(128, 64, 32, 16, 3)),
    discriminator=dict(input_size=128),
    reconstruction=dict(overlap=0),
)
mask = dict(type="RandomRegion", kind="noise")
train_dataloader = dict(dataset=dict(mask=dict(_delete_=True, **mask)))
val_dataloader = dict(dataset=dict(mask=dict(_delete_=True, **mask)))
