# FCN-8s: the scores of conv5 and conv2 as well. In stages: load_from=<the 16s's
# checkpoint> optim_wrapper.optimizer.lr=1e-8.
_base_ = "./fcn-16s_caffenet_voc12.py"

maps = ("conv2", "conv5", "pool5")
model = dict(
    backbone=dict(out_indices=maps),
    decode_head=dict(maps=maps, skip_scales=(1e-4, 1e-2)),
)
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={"scores.conv2.bias": dict(lr_mult=2, decay_mult=0)})
)
