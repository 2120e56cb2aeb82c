# FCN on ResNet-18-D8, VOC 2012 train: small, with the channels of mmseg's R18 configs.
_base_ = "./fcn_r50-d8_voc12.py"

model = dict(
    backbone=dict(depth=18),
    decode_head=dict(in_channels=512, channels=128),
    auxiliary_head=dict(in_channels=256, channels=64),
)
