# Hidden words with ConvNeXt-T; each stage is emptied where the picture has a hole.
_base_ = "./hidden-words_r50-224.py"

model = dict(backbone=dict(model_name="convnext_tiny"), remask=True)
