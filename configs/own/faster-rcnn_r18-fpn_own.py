# A detector of your own classes: train.json and val.json of COCO's format and a folder
# images/ beside them. What to type: docs/my-data.md.
_base_ = "../detection/faster-rcnn_r18-fpn_voc07.py"

part = dict(
    type="CocoDataset",
    data_root="data",
    data_prefix=dict(img="images/"),
)
train_dataloader = dict(
    num_workers=1,
    dataset=dict(
        _delete_=True,
        **part,
        ann_file="train.json",
        filter_cfg=dict(filter_empty_gt=True),
        pipeline={{_base_.train_pipeline}},
    ),
)
# The truth goes along, so that the metric needs no file of its own.
known = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "instances")
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=(1000, 600), keep_ratio=True),
    dict(type="LoadAnnotations", with_bbox=True),
    dict(type="PackDetInputs", meta_keys=known),
]
val_dataloader = dict(
    num_workers=1,
    dataset=dict(
        _delete_=True,
        **part,
        ann_file="val.json",
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
# The base passes its data three times an epoch; with own pictures an epoch is a pass.
max_epochs = 12
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [
    dict(type="MultiStepLR", end=max_epochs, by_epoch=True, milestones=[9], gamma=0.1)
]
# Mean AP over IoU .5 to .95, and at .5.
val_evaluator = dict(_delete_=True, type="CocoMetric", metric="bbox")
test_evaluator = val_evaluator
