# The paper's segmentation protocol: FCN-32s on CaffeNet, trained on the 8,498 pictures
# of SBD train, tested on the 736 of VOC 2011 val that are not among them. Lists:
#   mim run ce_plugin voc_lists data/VOCdevkit --sbd data/benchmark_RELEASE \
#       --voc2011 val.txt
# (val.txt: VOC 2011's own list of segmentation.)
# SegmentationClassAug:
#   mim run mmsegmentation voc_aug data/VOCdevkit data/benchmark_RELEASE
_base_ = [
    "mmseg::_base_/datasets/pascal_voc12.py",
    "mmseg::_base_/default_runtime.py",
    "mmseg::_base_/schedules/schedule_20k.py",
]

model = dict(
    type="EncoderDecoder",
    # BGR minus the encoder's own mean; the FCN files have the same with decimals.
    data_preprocessor=dict(
        type="SegDataPreProcessor", mean=(104, 117, 123), std=(1, 1, 1), size_divisor=1
    ),
    backbone=dict(
        type="ce_plugin.CaffeNet",
        out_indices=("pool5",),
        conv1_padding=100,
        init_cfg=dict(type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"),
    ),
    decode_head=dict(type="ce_plugin.FCNSkipHead", num_classes=21, maps=("pool5",)),
    test_cfg=dict(mode="whole"),
)
# Pictures as they are, one at a time: not resized, cropped or flipped.
pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=1,
    dataset=dict(
        ann_file="ImageSets/Segmentation/sbd_train.txt",
        data_prefix=dict(seg_map_path="SegmentationClassAug"),
        pipeline=pipeline,
    ),
)
val_dataloader = test_dataloader = dict(
    dataset=dict(ann_file="ImageSets/Segmentation/seg11valid.txt", pipeline=pipeline)
)
# A step has 20 pictures, an iteration one: 100,000 steps at a constant rate.
train_cfg = dict(max_iters=2_000_000, val_interval=80_000)
param_scheduler = []
score_bias = dict(lr_mult=2, decay_mult=0)
optim_wrapper = dict(
    accumulative_counts=20,
    optimizer=dict(type="SGD", lr=1e-4, momentum=0.9, weight_decay=5e-4),
    # As in the stock file; paramwise_cfg.bias_lr_mult=2 does it for every bias.
    paramwise_cfg=dict(custom_keys={"scores.pool5.bias": score_bias}),
)
default_hooks = dict(checkpoint=dict(interval=80_000))
