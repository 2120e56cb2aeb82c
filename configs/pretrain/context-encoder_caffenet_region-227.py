# The paper's feature network: CaffeNet, channel-wise fully connected layer, five
# up-convolutions, masked L2 alone. The paper's holes: `kind='shapes'`, and as `folder`
# one of segmentation masks (VOC2012/SegmentationObject), of the `dataset.mask` of
# `train_dataloader` and of `val_dataloader`.
_base_ = ["../_base_/runtime.py", "../_base_/pictures.py"]

model = dict(
    type="ContextEncoder",
    data_preprocessor=dict(
        type="InpaintingPreprocessor",
        mean=(104, 117, 123),
        std=(1, 1, 1),
        bgr=True,
        fill="mean",
    ),
    backbone=dict(type="CaffeNet", out_indices=("pool5",)),
    bottleneck=dict(type="ChannelWiseFC", size=6, dropout=0.5),
    decoder=dict(type="UpConvDecoder", channels=(128, 64, 64, 32, 3)),
    reconstruction=dict(type="ReconstructionLoss", region="hole", normalizer="region"),
)
mask = dict(type="RandomRegion", kind="noise")
train_dataloader = dict(
    batch_size=128,
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="RandomCrop", size=227),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="CenterCrop", size=227),
        ],
        mask=mask,
    )
)
# Constant; the paper has 1e-3 for centre holes.
optim_wrapper = dict(
    constructor="ContextEncoderOptimWrapper",
    optimizer=dict(type="Adam", lr=1e-4, fused=True),
)
