"""What is wrong with the data of an mmdet or mmseg run is one line, and early."""

import re
import subprocess
import sys
import time

import pytest
from runs import environment
from stock_runs import FIRST, detection, refused, segmentation

from ce_plugin.datasets.check.downstream import check_downstream


def test_good_ones(voc):
    notes = check_downstream(detection(voc))
    assert notes == [
        f"{FIRST}: 18 objects of 4 classes",
        f"{FIRST[:-1]}1: 18 objects of 4 classes",
        "val_dataloader.dataset: 9 objects of 4 classes",
    ]
    assert check_downstream(segmentation(voc)) == [
        "train_dataloader.dataset.datasets.0: 6 pictures, labels of 6 of 6 masks",
        "train_dataloader.dataset.datasets.1: 6 pictures, labels of 6 of 6 masks",
        "val_dataloader.dataset: 6 pictures, labels of 6 of 6 masks",
    ]
    assert check_downstream(detection(voc, classes=("bird", "boat"))) != []


def test_only_the_loaders_that_are_used(voc):
    cfg = detection(voc)
    cfg.test_dataloader = dict(dataset=dict(cfg.val_dataloader.dataset, ann_file="x"))
    assert refused(cfg).startswith("test_dataloader.dataset: no list file")
    check_downstream(cfg, ["train_dataloader", "val_dataloader"])


def test_heads(voc):
    cfg = detection(voc)
    cfg.model.roi_head.bbox_head.num_classes = 80
    assert refused(cfg) == (
        f"{FIRST}: 20 classes by its type (aeroplane, bicycle, bird ...), but "
        "model.roi_head.bbox_head.num_classes is 80; set "
        "model.roi_head.bbox_head.num_classes=20 or metainfo.classes"
    )
    cfg = segmentation(voc)
    cfg.model.auxiliary_head[0].num_classes = 19
    assert "model.auxiliary_head.0.num_classes is 19; set" in refused(cfg)


def test_what_is_left_alone(voc):
    cfg = detection(voc)
    for dataset in cfg.train_dataloader.dataset.dataset.datasets:
        dataset.data_root = "s3://bucket/VOCdevkit/"
    assert check_downstream(cfg)[0] == f"{FIRST}: left alone"
    own = dict(type="ce_plugin.Pictures", data_root="/no/such/folder")
    assert len(check_downstream(dict(train_dataloader=dict(dataset=own)))) == 1
    assert check_downstream(dict(train_dataloader=None, model=None)) == []


PROGRAM = """
import sys
from mmengine.config import Config
from ce_plugin.datasets.check.downstream import check_downstream
from ce_plugin.datasets.check.dataset_kind import kind_of
for name in ("mmdet.VOCDataset", "mmdet.CocoDataset", "mmseg.PascalVOCDataset"):
    plain = kind_of(name)
    assert "mmdet" not in sys.modules and "mmseg" not in sys.modules
    plains = globals().setdefault("plains", {})
    plains[name] = plain
import mmdet.datasets, mmseg.datasets
for name, plain in plains.items():
    found = kind_of(name)
    assert (found.reads, found.classes) == (plain.reads, plain.classes), name
ade = kind_of("ADE20KDataset", "mmseg")
assert ade.reads == "masks" and ade.defaults["reduce_zero_label"] is True
assert len(ade.classes) == 150
assert kind_of("CityscapesDataset").defaults["img_suffix"] == "_leftImg8bit.png"
assert kind_of("LVISV1Dataset").reads is None
"""


@pytest.mark.slow
def test_what_is_known_of_datasets_is_what_their_packages_say():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_it_is_quick(voc):
    """A list of VOC07 trainval's length; the limit leaves room for a busy machine."""
    year = voc / "VOC2007"
    names = [f"{i:06}" for i in range(5011)]
    for name in names[12:]:
        for part, suffix in (("Annotations", "xml"), ("JPEGImages", "jpg")):
            (year / part / f"{name}.{suffix}").hardlink_to(
                year / part / f"000001.{suffix}"
            )
    (year / "ImageSets/Main/trainval.txt").write_text("\n".join(names))
    begin = time.process_time()
    notes = check_downstream(detection(voc))
    assert time.process_time() - begin < 5
    assert re.match(rf"{FIRST}: \d{{4,}} objects", notes[0])
