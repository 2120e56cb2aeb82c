"""Each fault of an mmseg run's lists, masks and labels is told in one line."""

import shutil

import numpy as np
import pytest
from PIL import Image
from stock_runs import refused, segmentation

from ce_plugin.datasets.check import check_segmentation_list
from ce_plugin.datasets.check.downstream import check_downstream
from ce_plugin.errors import InputError


def paint(path, values, size=(96, 80)):
    mask = np.zeros(size[::-1], np.uint8)
    mask[: len(values), 0] = values
    Image.fromarray(mask).save(path)


def unknown_label(voc):
    paint(voc / "VOC2012/SegmentationClass/2012_000001.png", [3, 21, 254, 255])


def colour_mask(voc):
    path = voc / "VOC2012/SegmentationClass/2012_000001.png"
    Image.open(path).convert("RGB").save(path)


def no_mask(voc):
    (voc / "VOC2012/SegmentationClass/2012_000001.png").unlink()


def no_masks(voc):
    shutil.rmtree(voc / "VOC2012/SegmentationClass")


def no_seg_picture(voc):
    (voc / "VOC2012/JPEGImages/2012_000001.jpg").unlink()


def empty_seg_list(voc):
    (voc / "VOC2012/ImageSets/Segmentation/train.txt").write_text("")


SEGMENTATION = {
    unknown_label: "1 of 6 masks in {year}/SegmentationClass have unknown labels, "
    "other than 0 to 20 and 255: 2012_000001.png (21, 254); mend",
    colour_mask: "1 of 6 masks in {year}/SegmentationClass cannot be used: "
    "2012_000001.png (a colour picture (RGB), not one label a pixel)",
    no_mask: "1 of 6 masks missing in {year}/SegmentationClass: 2012_000001.png;",
    no_masks: "no folder of masks {year}/SegmentationClass; check data_root and data",
    no_seg_picture: "1 of 6 pictures missing in {year}/JPEGImages: 2012_000001.jpg;",
    empty_seg_list: "an empty split: {year}/ImageSets/Segmentation/train.txt names no",
}


@pytest.mark.parametrize("fault", SEGMENTATION, ids=lambda fault: fault.__name__)
def test_segmentation(fault, voc):
    fault(voc)
    where, said = refused(segmentation(voc)).split(": ", 1)
    assert where == "train_dataloader.dataset.datasets.0"
    assert said.startswith(SEGMENTATION[fault].format(year=f"{voc}/VOC2012"))


def test_classes_of_a_segmentation(voc):
    cfg = segmentation(voc, metainfo=dict(classes=("background", "brid")))
    cfg.model.decode_head.num_classes = cfg.model.auxiliary_head[0].num_classes = 2
    assert "no 'brid' among the 21 of PascalVOCDataset; did you mean 'bird'" in (
        refused(cfg)
    )
    # Masks keep all labels where only some classes are wanted.
    cfg = segmentation(voc, metainfo=dict(classes=("background", "bird")))
    cfg.model.decode_head.num_classes = cfg.model.auxiliary_head[0].num_classes = 2
    check_downstream(cfg)


def test_labels_that_count_from_one(tmp_path):
    for name, values in dict(a=[1, 2, 3, 255], b=[0, 1]).items():
        paint(tmp_path / f"{name}.png", values)

    def look(**options):
        folder = str(tmp_path)
        return check_segmentation_list(None, folder, folder, ".png", **options)

    assert look(num_classes=4) == "2 pictures, labels of 2 of 2 masks"
    assert look(num_classes=3, reduce_zero_label=True)
    with pytest.raises(InputError, match=r"0 to 2 and 255: a.png \(3\)"):
        look(num_classes=3)
    with pytest.raises(InputError, match=r"0 to 2 and 255 \(reduce.*: a.png \(3\)"):
        look(num_classes=2, reduce_zero_label=True)
    with pytest.raises(InputError, match=r"0 to 2 and 3: a.png \(255\)"):
        look(num_classes=3, ignore_index=3)


def test_the_label_that_the_loss_leaves_out(voc):
    cfg = segmentation(voc, ignore_index=21)
    paint(voc / "VOC2012/SegmentationClass/2012_000001.png", [21])
    assert "2012_000001.png (21)" in refused(cfg)
    cfg.model.decode_head.ignore_index = 21
    assert "(21)" not in refused(cfg) and "(255)" in refused(cfg)


def test_at_most_so_many_masks_are_looked_into(tmp_path):
    for i in range(10):
        paint(tmp_path / f"{i}.png", [i])
    with pytest.raises(InputError) as error:
        check_segmentation_list(
            None, str(tmp_path), str(tmp_path), ".png", num_classes=4, most=5
        )
    assert "3 of 5 masks looked at, evenly spaced among 10, in" in str(error.value)
    assert "4.png (4), 6.png (6), 8.png (8)" in str(error.value)
