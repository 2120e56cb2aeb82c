# 300 epochs of 1,281,167 pictures of ImageNet-1k: 375,000 steps of 1,024, which are 256
# on each of four GPUs. The learning rate is that of 256 times the root of four.
_base_ = "./hidden-words_r50-224.py"

data_root = "data/ImageNet/train"
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=12_500),
    dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
]
train_cfg = dict(max_iters=375_000, val_interval=12_500)
