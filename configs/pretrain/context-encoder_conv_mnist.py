# Digits as pictures: convolutions and a square hole, beside the MLP on 784 columns.
# The inpainting network without its vector bottleneck, narrow; 28 px padded to 32.
_base_ = ["../_base_/runtime.py", "../_base_/digits.py"]

model = dict(
    type="ContextEncoder",
    data_preprocessor=dict(
        type="InpaintingPreprocessor", mean=(0,) * 3, std=(255,) * 3, fill=(128,) * 3
    ),
    backbone=dict(
        type="DCGANEncoder", input_size=64, base_channels=16, bottleneck=None
    ),
    decoder=dict(
        type="UpConvDecoder",
        channels=(64, 32, 16, 3),
        norm="bn",
        output_padding=1,
        init="kaiming",
    ),
    reconstruction=dict(type="ReconstructionLoss", region="hole"),
)
# A square of 12 px, anywhere.
mask = dict(type="RandomBlock", min_side=3 / 8, max_side=3 / 8, tries=1)
transforms = [dict(type="Pad", padding=2)]
train_dataloader = dict(dataset=dict(transforms=transforms, mask=mask))
val_dataloader = dict(dataset=dict(transforms=transforms, mask=mask))
train_cfg = dict(max_iters=1875, val_interval=625)
default_hooks = dict(checkpoint=dict(interval=625))
