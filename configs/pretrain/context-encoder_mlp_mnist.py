# Digits as a table of 784 columns: an MLP, a run of neighbouring columns replaced by
# other digits' values. Network, noise, share, batch, optimizer and the 15 epochs are
# those of Ucar et al. 2021 (SubTab; tables 1 and A1, "CAE (NC)"), the cosine is ours.
# For all 70,000: --cfg-options data_root=/folder train_cfg.max_iters=28125
_base_ = ["../_base_/runtime.py", "../_base_/digits.py"]

model = dict(
    type="ContextEncoder",
    data_preprocessor=dict(type="SwapPreprocessor", mean=(0,) * 3, std=(255,) * 3),
    backbone=dict(type="MLPEncoder", widths=(512, 256, 128)),
    decoder=dict(type="MLPDecoder", widths=(256, 512)),
    # The network is not told where the hole is: all columns are predicted.
    reconstruction=dict(type="ReconstructionLoss", region="full"),
)
mask = dict(type="NeighborColumns", ratio=0.15)
train_dataloader = dict(dataset=dict(mask=mask))
val_dataloader = dict(dataset=dict(mask=mask))
train_cfg = dict(max_iters=1875, val_interval=625)
default_hooks = dict(checkpoint=dict(interval=625))
