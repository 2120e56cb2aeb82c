# FCN on ResNet-50-D8, VOC 2012 train, 1,464 pictures: mmseg's network, and its
# 20,000 iterations of 16 pictures (4 devices; on one: train_dataloader.batch_size=16).
# Plain ResNet, not V1c: the encoder's stem is a 7x7.
_base_ = [
    "mmseg::_base_/models/fcn_r50-d8.py",
    "mmseg::_base_/datasets/pascal_voc12.py",
    "mmseg::_base_/default_runtime.py",
    "mmseg::_base_/schedules/schedule_20k.py",
]

encoder = dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth")
model = dict(
    data_preprocessor=dict(size=(512, 512)),
    pretrained=None,
    backbone=dict(type="ResNet", init_cfg=encoder),
    decode_head=dict(num_classes=21),
    auxiliary_head=dict(num_classes=21),
)
