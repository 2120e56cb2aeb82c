# A segmentor of your own classes: pictures in images/train and images/val, and for each
# a mask of its name in masks/train and masks/val. What to type: docs/my-data.md.
_base_ = "../segmentation/fcn_r18-d8_voc12.py"

part = dict(type="BaseSegDataset", data_root="data", img_suffix=".jpg")
train_dataloader = dict(
    num_workers=1,
    dataset=dict(
        _delete_=True,
        **part,
        data_prefix=dict(img_path="images/train", seg_map_path="masks/train"),
        pipeline={{_base_.train_pipeline}},
    ),
)
val_dataloader = dict(
    num_workers=1,
    dataset=dict(
        _delete_=True,
        **part,
        data_prefix=dict(img_path="images/val", seg_map_path="masks/val"),
        pipeline={{_base_.test_pipeline}},
    ),
)
test_dataloader = val_dataloader
