# Hidden words with ResNet-50: by a vocabulary of visual words it names what stands in
# the cells, of 16 px, that a picture hides from it. Pictures are whole in the first
# half of training and hide 60 % of their 32 px patches in the second.
_base_ = [
    "../_base_/runtime.py",
    "../_base_/pictures.py",
    "../_base_/adamw.py",
]

model = dict(
    type="TargetPrediction",
    backbone=dict(type="TimmBackbone", model_name="resnet50"),
    targets=dict(words=dict(type="VisualWords", cell=16, words=512)),
    holes_from=0.5,
)
mask = dict(type="GridPatches", patch_size=32, ratio=0.6)
train_dataloader = dict(
    batch_size=256,
    num_workers=12,
    dataset=dict(
        transforms=[
            dict(type="RandomResizedCrop", size=224, scale=(0.2, 1.0)),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=mask,
    ),
)
val_dataloader = dict(
    dataset=dict(
        transforms=[
            dict(type="ShortSideResize", size=256),
            dict(type="CenterCrop", size=224),
        ],
        mask=mask,
    )
)
custom_hooks = [
    dict(type="ThroughputHook"),
    dict(type="FiniteLossHook"),
    dict(type="BadPictureHook"),
    # Before training: the vocabulary, from training crops.
    dict(type="TargetFitHook"),
    dict(type="ReconstructionHook"),
    # After it: batch norm statistics of pictures without holes.
    dict(type="NormStatisticsHook"),
    dict(type="EncoderExportHook"),
    dict(type="ResultPageHook"),
]
# One network, one wrapper.
model_wrapper_cfg = dict(
    _delete_=True, type="MMDistributedDataParallel", broadcast_buffers=False
)
