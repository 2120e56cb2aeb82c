# FCN-16s: the scores of conv5 as well. At once, as FCN-8s-at-once; in stages, as its
# paper has it: load_from=<the 32s's checkpoint> optim_wrapper.optimizer.lr=1e-6.
_base_ = "./fcn_caffenet_voc12.py"

maps = ("conv5", "pool5")
model = dict(
    backbone=dict(out_indices=maps),
    decode_head=dict(maps=maps, skip_scales=(1e-2,)),
)
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={"scores.conv5.bias": dict(lr_mult=2, decay_mult=0)})
)
