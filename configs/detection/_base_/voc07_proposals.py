# VOC 2007 trainval and test with proposals from files beside them, as Fast R-CNN reads
# them: shorter side 600 px, longer side at most 1000 px, half of the pictures flipped.
_base_ = "mmdet::_base_/datasets/voc0712.py"

load = [dict(type="LoadImageFromFile"), dict(type="LoadProposals")]
boxes = dict(type="LoadAnnotations", with_bbox=True)
resize = dict(type="Resize", scale=(1000, 600), keep_ratio=True)
flip = dict(type="RandomFlip", prob=0.5)
keys = ("img_id", "img_path", "ori_shape", "img_shape", "scale_factor")

train_dataloader = dict(
    sampler=dict(type="InfiniteSampler"),
    dataset=dict(
        _delete_=True,
        type="VOCDataset",
        data_root={{_base_.data_root}},
        ann_file="VOC2007/ImageSets/Main/trainval.txt",
        data_prefix=dict(sub_data_root="VOC2007/"),
        proposal_file="VOC2007/selective_search_trainval.pkl",
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=[
            *load,
            boxes,
            dict(type="ProposalBroadcaster", transforms=[resize, flip]),
            dict(type="PackDetInputs"),
        ],
    ),
)
val_dataloader = dict(
    dataset=dict(
        proposal_file="VOC2007/selective_search_test.pkl",
        pipeline=[
            *load,
            dict(type="ProposalBroadcaster", transforms=[resize]),
            boxes,
            dict(type="PackDetInputs", meta_keys=keys),
        ],
    )
)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type="VOCMetric", eval_mode="11points", prefix="voc_11points"),
    dict(type="VOCMetric", eval_mode="area", prefix="voc_area"),
]
test_evaluator = val_evaluator
