# Hidden words with ResNet-18.
_base_ = "./hidden-words_r50-224.py"

model = dict(backbone=dict(model_name="resnet18"))
