"""The data and heads of the stock VOC runs, and the one line that refuses a run."""

import pytest
from mmengine.config import Config
from voc_folder import CLASSES

from ce_plugin.datasets.check.downstream import check_downstream
from ce_plugin.errors import InputError


def detection(voc, classes=None):
    """The stock VOC07+12 run's data and heads."""

    def dataset(year, split):
        part = dict(
            type="VOCDataset",
            data_root=f"{voc}/",
            ann_file=f"VOC{year}/ImageSets/Main/{split}.txt",
            data_prefix=dict(sub_data_root=f"VOC{year}/"),
        )
        return part | (dict(metainfo=dict(classes=classes)) if classes else {})

    both = dict(
        type="ConcatDataset",
        datasets=[dataset(2007, "trainval"), dataset(2012, "trainval")],
    )
    test = dict(dataset=dataset(2007, "test"))
    head = dict(type="Shared2FCBBoxHead", num_classes=len(classes or CLASSES))
    return Config(
        dict(
            default_scope="mmdet",
            model=dict(
                backbone=dict(type="ResNet", num_classes=7),
                rpn_head=dict(type="RPNHead", num_classes=1),
                roi_head=dict(type="StandardRoIHead", bbox_head=head),
            ),
            train_dataloader=dict(
                dataset=dict(type="RepeatDataset", times=3, dataset=both)
            ),
            val_dataloader=test,
            test_dataloader=test,
        )
    )


def segmentation(voc, kind="PascalVOCDataset", **settings):
    """The stock VOC12 run with SBD's masks."""

    def dataset(split, masks="SegmentationClass"):
        return dict(
            type=kind,
            data_root=f"{voc}/VOC2012",
            data_prefix=dict(img_path="JPEGImages", seg_map_path=masks),
            ann_file=f"ImageSets/Segmentation/{split}.txt",
            **settings,
        )

    parts = [dataset("train"), dataset("aug", "SegmentationClassAug")]
    return Config(
        dict(
            default_scope="mmseg",
            model=dict(
                decode_head=dict(type="FCNHead", num_classes=21),
                auxiliary_head=[dict(type="FCNHead", num_classes=21)],
            ),
            train_dataloader=dict(dataset=dict(type="ConcatDataset", datasets=parts)),
            val_dataloader=dict(dataset=dataset("val")),
            test_dataloader=None,
        )
    )


FIRST = "train_dataloader.dataset.dataset.datasets.0"


def refused(cfg):
    with pytest.raises(InputError) as error:
        check_downstream(cfg)
    line = str(error.value)
    assert "\n" not in line
    return line
