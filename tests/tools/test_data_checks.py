"""What is wrong with the data of an mmdet or mmseg run is one line, and early."""

import json
import re
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image
from runs import environment
from voc_folder import CLASSES, make_voc

from ce_plugin.datasets.check import check_segmentation_list
from ce_plugin.datasets.check.downstream import check_downstream
from ce_plugin.errors import InputError


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return make_voc(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def voc(drawn, tmp_path):
    return shutil.copytree(drawn, tmp_path / "VOCdevkit")


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


def no_root(voc):
    shutil.rmtree(voc)


def no_year(voc):
    shutil.rmtree(voc / "VOC2007")


def no_list(voc):
    (voc / "VOC2007/ImageSets/Main/trainval.txt").unlink()


def empty_list(voc):
    (voc / "VOC2007/ImageSets/Main/trainval.txt").write_text("\n")


def no_annotation(voc):
    for name in ("000003", "000005"):
        (voc / f"VOC2007/Annotations/{name}.xml").unlink()


def no_picture(voc):
    (voc / "VOC2007/JPEGImages/000003.jpg").unlink()


def class_list_for_list(voc):
    folder = voc / "VOC2007/ImageSets/Main"
    shutil.copy(folder / "cat_trainval.txt", folder / "trainval.txt")


def cut_annotation(voc):
    path = voc / "VOC2007/Annotations/000003.xml"
    path.write_text(path.read_text()[:90])


def rename(voc, old, new):
    for path in voc.glob("VOC*/Annotations/*.xml"):
        path.write_text(path.read_text().replace(f"<name>{old}<", f"<name>{new}<"))


def foreign_classes(voc):
    for i, name in enumerate(CLASSES[:4]):
        rename(voc, name, f"thing{i}")


def foreign_class(voc):
    rename(voc, "boat", "ship")


DETECTION = {
    no_root: "no data folder {voc}; check data_root",
    no_year: "no list file {voc}/VOC2007/ImageSets/Main/trainval.txt ({voc}/VOC2007 is "
    "missing); check ann_file and data_root",
    no_list: "no list file {voc}/VOC2007/ImageSets/Main/trainval.txt; check ann_file",
    empty_list: "an empty split: {voc}/VOC2007/ImageSets/Main/trainval.txt names no",
    no_annotation: "2 of 12 annotations missing in {voc}/VOC2007/Annotations: "
    "000003.xml, 000005.xml; put them there or check",
    no_picture: "1 of 12 pictures missing in {voc}/VOC2007/JPEGImages: 000003.jpg;",
    class_list_for_list: "12 of 12 pictures missing in {voc}/VOC2007/JPEGImages: "
    "000000 -1.jpg",
    cut_annotation: "1 of 12 annotations in {voc}/VOC2007/Annotations cannot be read: "
    "000003.xml (no XML",
    foreign_classes: "a wrong class list: none of its 20 names (aeroplane, bicycle, "
    "bird ...) occurs; the data has thing0, thing1, thing2, thing3; set metainfo",
    foreign_class: "a wrong class list: the data has ship, not on the list of the "
    "dataset's type; set metainfo.classes",
}


@pytest.mark.parametrize("fault", DETECTION, ids=lambda fault: fault.__name__)
def test_detection(fault, voc):
    fault(voc)
    line = refused(detection(voc))
    where, said = line.split(": ", 1)
    assert where in (FIRST, "train_dataloader.dataset")
    assert said.startswith(DETECTION[fault].format(voc=voc))


CLASS_LISTS = {
    ("aeroplane", "bicycle", "birb"): "'birb' occurs in no annotation; did you mean "
    "'bird'?",
    ("zebra",): "none of its 1 names (zebra) occurs; the data has aeroplane, bicycle, "
    "bird, boat",
    ("bird", "boat", "bird"): "a wrong class list: bird more than once",
    "bird": "metainfo.classes is the text 'bird', neither a list of names nor a file "
    "of them; for one class write ('bird',)",
}


@pytest.mark.parametrize("classes", CLASS_LISTS, ids=str)
def test_class_lists(classes, voc):
    assert CLASS_LISTS[classes] in refused(detection(voc, classes))


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


def test_a_dataset_of_xml_without_classes(voc):
    cfg = detection(voc)
    cfg.val_dataloader.dataset.type = "mmdet.XMLDataset"
    assert refused(cfg).startswith(
        "val_dataloader.dataset: no class list; set metainfo"
    )


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


@pytest.fixture
def coco(tmp_path):
    """A COCO file of two pictures and the config that reads it."""
    (tmp_path / "pictures").mkdir()
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (20, 20)).save(tmp_path / "pictures" / name)
    content = dict(
        images=[
            dict(id=i, file_name=f"{n}.jpg", width=20, height=20)
            for i, n in enumerate("ab")
        ],
        categories=[dict(id=1, name="helmet"), dict(id=5, name="vest")],
        annotations=[dict(id=1, image_id=0, category_id=5, bbox=[1, 1, 9, 9])],
    )
    dataset = dict(
        type="CocoDataset",
        data_root=str(tmp_path),
        ann_file="train.json",
        data_prefix=dict(img="pictures/"),
        metainfo=dict(classes=("helmet", "vest")),
    )
    cfg = Config(
        dict(
            default_scope="mmdet",
            model=dict(bbox_head=dict(type="RetinaHead", num_classes=2)),
            train_dataloader=dict(dataset=dataset),
        )
    )

    def write(**changes):
        (tmp_path / "train.json").write_text(json.dumps(content | changes))
        return cfg

    return write


def test_coco(coco, tmp_path):
    assert check_downstream(coco()) == [
        "train_dataloader.dataset: 1 objects of 2 categories"
    ]
    cfg = coco()
    cfg.train_dataloader.dataset.metainfo.classes = ("helmet", "vests")
    assert "no 'vests' among the 2 categories" in refused(cfg)
    cfg.train_dataloader.dataset.metainfo.classes = ("helmet", "vest")
    assert "an empty split" in refused(coco(images=[]))
    assert "does not define: 5" in refused(coco(categories=[dict(id=1, name="helmet")]))
    (tmp_path / "pictures" / "b.jpg").unlink()
    assert "1 of 2 pictures missing" in refused(coco())
    (tmp_path / "train.json").write_text("{}")
    assert "is no file of COCO's format (KeyError: 'categories')" in refused(cfg)
    (tmp_path / "train.json").unlink()
    assert f"no annotation file {tmp_path}/train.json" in refused(cfg)


def test_the_classes_of_coco_where_nothing_else_is_said(coco):
    cfg = coco()
    del cfg.train_dataloader.dataset["metainfo"]
    assert "80 classes by its type (person, bicycle, car ...)" in refused(cfg)
    cfg.model.bbox_head.num_classes = 80
    assert "a wrong class list: no 'person' among the 2 categories" in refused(cfg)


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
