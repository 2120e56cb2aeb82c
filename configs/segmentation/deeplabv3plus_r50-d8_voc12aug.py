# DeepLabV3+ on ResNet-50-D8, VOC 2012 and SBD, 10,582 pictures: mmseg's network and its
# 20,000 iterations of 16 pictures (4 devices; on one: train_dataloader.batch_size=16).
# Plain ResNet, not V1c: the encoder's stem is a 7x7.
_base_ = "mmseg::deeplabv3plus/deeplabv3plus_r50-d8_4xb4-20k_voc12aug-512x512.py"

encoder = dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth")
model = dict(pretrained=None, backbone=dict(type="ResNet", init_cfg=encoder))
