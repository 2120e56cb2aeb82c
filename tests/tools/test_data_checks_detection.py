"""Each fault of an mmdet run's data, VOC's or COCO's, is told in one line."""

import json
import shutil

import pytest
from mmengine.config import Config
from PIL import Image
from stock_runs import FIRST, detection, refused
from voc_folder import CLASSES

from ce_plugin.datasets.check.downstream import check_downstream


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


def test_a_dataset_of_xml_without_classes(voc):
    cfg = detection(voc)
    cfg.val_dataloader.dataset.type = "mmdet.XMLDataset"
    assert refused(cfg).startswith(
        "val_dataloader.dataset: no class list; set metainfo"
    )


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
    names = [dict(id=i, file_name=name) for i, name in enumerate(("a.jpg", 5, None))]
    assert "2 of 3 file_name" in (said := refused(coco(images=names)))
    assert "are no text: 5, None; give" in said
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
