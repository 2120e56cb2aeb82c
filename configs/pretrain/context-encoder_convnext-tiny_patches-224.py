# ConvNeXt-T at 224 px with 60 % of 32 px patches removed and each patch of the target
# normalised: the context encoder in the manner of masked autoencoders.
_base_ = "./context-encoder_r50_blocks-224.py"

model = dict(
    backbone=dict(type="TimmBackbone", model_name="convnext_tiny"),
    reconstruction=dict(target="patch", patch_size=32),
)
mask = dict(type="GridPatches", patch_size=32, ratio=0.6)
train_dataloader = dict(dataset=dict(mask=dict(_delete_=True, **mask)))
val_dataloader = dict(dataset=dict(mask=dict(_delete_=True, **mask)))
