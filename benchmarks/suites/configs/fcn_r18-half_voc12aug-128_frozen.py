# The same head and pictures on an encoder that stays as it is, norms included: what is
# in the features, before training covers it.
_base_ = "./fcn_r18-half_voc12aug-128.py"

model = dict(backbone=dict(frozen_stages=4, norm_eval=True))
max_iters = 500
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=max_iters))
