# Hidden words with ViT-S/16: a word for each of its patches.
_base_ = "./hidden-words_r50-224.py"

model = dict(backbone=dict(model_name="vit_small_patch16_224", norm=True))
optim_wrapper = dict(optimizer=dict(lr=5e-4, betas=(0.9, 0.95)))
