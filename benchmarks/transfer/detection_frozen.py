# The same detector on an encoder that stays as it is, norms included.
_base_ = "./detection.py"

model = dict(backbone=dict(frozen_stages=4, norm_eval=True))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
