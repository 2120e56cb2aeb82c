"""Labels of VOC: from its lists, from its annotations, and when they are wrong."""

import shutil
from xml.etree import ElementTree as ET

import pytest
import torch
from voc_folder import make_voc

from ce_plugin.datasets import VOC_CLASSES, VOCLabels, collate_samples
from ce_plugin.datasets.check.annotation import BadAnnotation, read_annotation
from ce_plugin.errors import InputError


@pytest.fixture
def voc(tmp_path):
    return make_voc(tmp_path / "VOCdevkit", pictures=8)


def slow_labels(folder, stem):
    """The rule once more, object by object."""
    row = [-1] * 20
    for item in ET.parse(folder / f"Annotations/{stem}.xml").iter("object"):
        k = VOC_CLASSES.index(item.find("name").text)
        if item.find("difficult").text == "0":
            row[k] = 1
        elif row[k] != 1:
            row[k] = 0
    return row


def without_lists(voc):
    for path in voc.glob("VOC*/ImageSets/Main/*_*.txt"):
        path.unlink()


@pytest.mark.parametrize("lists", [True, False])
def test_labels_are_those_of_the_objects(voc, lists):
    if not lists:
        without_lists(voc)
    data = VOCLabels(voc, "trainval")
    assert data.labels.shape == (16, 20) and data.labels.dtype == torch.int8
    for name, row in zip(data.names, data.labels.tolist()):
        year, _, file = name.split("/")
        assert row == slow_labels(voc / year, file.removesuffix(".jpg"))
    # The drawn pictures have all three values.
    assert data.labels.unique().tolist() == [-1, 0, 1]
    source = "class lists" if lists else "Annotations"
    assert data.metainfo["data"]["labels"] == source
    assert data.metainfo["classes"] == VOC_CLASSES


def test_the_lists_go_before_the_annotations(voc):
    path = voc / "VOC2007/ImageSets/Main/bird_train.txt"
    path.write_text("".join(f"{i:06}  0\n" for i in range(4)))
    data = VOCLabels(voc, "train", years=["2007"])
    assert data.labels[:, VOC_CLASSES.index("bird")].tolist() == [0] * 4


def test_one_class_without_a_list(voc):
    (voc / "VOC2007/ImageSets/Main/bird_train.txt").unlink()
    data = VOCLabels(voc, "train", years=[2007])
    assert data.labels[2].tolist() == slow_labels(voc / "VOC2007", "000002")
    assert data.metainfo["data"]["labels"] == "class lists; Annotations for bird"


def test_samples_carry_the_label_of_their_picture(voc):
    crop = dict(type="RandomCrop", size=32)
    data = VOCLabels(voc, "val", transforms=[crop], crops_per_picture=3, seed=5)
    samples = [data[index, 0] for index in (0, 2, 3, len(data) - 1)]
    for sample, row in zip(samples, (0, 0, 1, -1)):
        assert torch.equal(sample["data_samples"].gt_label, data.labels[row])
    batch = collate_samples(samples)
    assert batch["data_samples"].gt_label.shape == (4, 20)
    # What is done to a sample is not done to the dataset.
    samples[0]["data_samples"].gt_label.fill_(7)
    assert data.labels.max() == 1


def damage(voc, what):
    main = voc / "VOC2007/ImageSets/Main"
    if what == "empty":
        (main / "train.txt").write_text("\n")
    elif what == "no list":
        (main / "train.txt").unlink()
    elif what == "value":
        (main / "cat_train.txt").write_text("000000 2\n")
    elif what == "half":
        (main / "cat_train.txt").write_text("000000 1\n")
    elif what == "picture":
        (voc / "VOC2007/JPEGImages/000001.jpg").unlink()
    else:
        without_lists(voc)
        path = voc / "VOC2007/Annotations/000001.xml"
        if what == "annotation":
            path.unlink()
        elif what == "xml":
            path.write_text("<annotation>")
        else:
            name = "<annotation><object><name>unicorn</name></object></annotation>"
            path.write_text(name)


WRONG = {
    "empty": r"train\.txt lists no pictures",
    "no list": r"no list .*train\.txt",
    "value": r"cat_train\.txt: '000000 2' is not",
    "half": r"says nothing about 3 of the pictures, the first: 000001",
    "picture": r"1 of 4 listed pictures do not exist.*000001\.jpg",
    "annotation": r"no annotation .*000001\.xml",
    "xml": r"000001\.xml cannot be read",
    "class": r"'unicorn' is none of VOC's classes",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_line(voc, what):
    damage(voc, what)
    with pytest.raises(InputError, match=WRONG[what]) as said:
        VOCLabels(voc, "train", years=["2007"])
    assert "\n" not in str(said.value)


def test_an_unreadable_picture_is_not_passed_over(voc):
    data = VOCLabels(voc / "VOC2007", "train")
    shutil.copy(__file__, voc / "VOC2007/JPEGImages/000001.jpg")
    data[0]
    with pytest.raises(InputError, match=r"000001\.jpg cannot be read"):
        data[1]


@pytest.mark.parametrize("encoding", ["GBK", "foo"])
def test_an_encoding_that_xml_does_not_know(voc, encoding):
    without_lists(voc)
    path = voc / "VOC2007/Annotations/000001.xml"
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?><annotation/>')
    with pytest.raises(InputError, match=r"000001\.xml cannot be read: .*encoding"):
        VOCLabels(voc, "train", years=["2007"])
    with pytest.raises(BadAnnotation, match=r"no XML, .*encoding"):
        read_annotation(str(path))
