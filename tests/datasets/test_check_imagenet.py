"""A drawn folder of ImageNet's layout passes; each fault is told."""

import shutil

import pytest
from PIL import Image

from ce_plugin.datasets.check import check_imagenet
from ce_plugin.errors import InputError


@pytest.fixture
def root(tmp_path):
    shade = 0
    for split, count in (("train", 3), ("val", 2)):
        for name in ("n01440764", "n01443537"):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            for i in range(count):
                shade += 20
                Image.new("RGB", (9, 7), (shade, 99, 0)).save(folder / f"{i}.JPEG")
    return tmp_path


def test_a_good_one(root):
    report = check_imagenet(root, decode=True)
    assert report.problems == []
    assert report.counts == [
        "train classes: 2 of 1,000 official",
        "train pictures: 6 of 1,281,167 official",
        "val classes: 2 of 1,000 official",
        "val pictures: 4 of 50,000 official",
    ]


def copy(root):
    shutil.copy(root / "train/n01440764/0.JPEG", root / "val/n01440764/0.JPEG")


def extra_class(root):
    folder = root / "val/n01484850"
    folder.mkdir()
    shutil.copy(root / "train/n01440764/0.JPEG", folder)


def bare_class(root):
    for split in ("train", "val"):
        (root / split / "n02").mkdir()
    shutil.copy(root / "val/n01440764/1.JPEG", root / "val/n02")


def loose(root):
    shutil.copy(root / "val/n01440764/0.JPEG", root / "val/ILSVRC2012_val_1.JPEG")


def foreign(root):
    (root / "train/n01440764/notes.txt").write_text("no picture")


def empty(root):
    (root / "val/n01440764/new.JPEG").write_bytes(b"")


def broken(root):
    path = root / "val/n01440764/1.JPEG"
    path.write_bytes(path.read_bytes()[:300])


FAULTS = {
    copy: ["1 pictures in both train and val: n01440764/0.JPEG"],
    extra_class: ["1 classes of val that train lacks: n01484850"],
    bare_class: ["1 class folders without a picture: train/n02"],
    loose: ["1 pictures outside the class folders: val/ILSVRC2012_val_1.JPEG"],
    foreign: [
        "1 files in class folders that are no pictures: train/n01440764/notes.txt"
    ],
    empty: ["1 empty files: val/n01440764/new.JPEG"],
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_faults(fault, root):
    fault(root)
    assert check_imagenet(root).problems == FAULTS[fault]


def test_broken_pictures_are_found_by_decoding(root):
    broken(root)
    assert check_imagenet(root).problems == []
    (problem,) = check_imagenet(root, decode=True).problems
    assert problem.startswith("1 unreadable pictures: val/n01440764/1.JPEG (")


def test_parts(root, tmp_path):
    shutil.rmtree(root / "val")
    report = check_imagenet(root)
    assert report.counts[-1] == "val: not there (50,000 official)"
    assert report.problems == []
    with pytest.raises(InputError, match="no train in"):
        check_imagenet(root / "train")
