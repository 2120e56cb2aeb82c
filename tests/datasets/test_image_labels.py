"""Pictures in class folders, and folders that do not belong together."""

import shutil

import pytest
import torch
from class_folders import make_classes

from ce_plugin.datasets import ImageLabels, SeededSampler, collate_samples
from ce_plugin.errors import InputError


@pytest.fixture
def root(tmp_path):
    return make_classes(tmp_path / "ImageNet")


def test_labels_are_the_places_of_the_folders(root):
    data = ImageLabels(root, "train")
    assert data.metainfo["classes"] == ("n01", "n02", "n03")
    assert data.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert data.labels.dtype == torch.int64
    for index, name in enumerate(data.names):
        label = data[index]["data_samples"].gt_label
        assert data.metainfo["classes"][label] == name.split("/")[1]
    batch = collate_samples([data[0], data[11]])
    assert batch["data_samples"].gt_label.tolist() == [0, 2]
    assert batch["inputs"].shape == (2, 3, 48, 56)
    # The paper-era sampling by class finds the classes by their folders.
    SeededSampler(data, replacement=True, class_balanced=True)


def test_order_of_a_list(root, tmp_path):
    (root / "classes.txt").write_text("n03 cat\nn01 dog\nn02 bird\n")
    path = root / "classes.txt"
    for classes in ("classes.txt", str(path), path, ["n03", "n01", "n02"]):
        data = ImageLabels(root, "val", classes=classes)
        assert data.labels.tolist() == [1, 1, 2, 2, 0, 0]


def damage(root, what):
    val = root / "val"
    if what == "renamed":
        (val / "n02").rename(val / "n09")
    elif what == "fewer":
        shutil.rmtree(val / "n02")
    elif what == "flat":
        for path in list(val.rglob("*.JPEG")):
            path.rename(val / path.name)
        for name in ("n01", "n02", "n03"):
            (val / name).rmdir()
    elif what == "no folder":
        shutil.rmtree(val)
    elif what == "empty":
        for path in (val / "n02").iterdir():
            path.unlink()


WRONG = {
    "renamed": "a wrong class list .*1 not on the list, such as 'n09' and 1 not there, "
    "such as 'n02'",
    "fewer": "a wrong class list .*1 not there, such as 'n02'",
    "flat": "no class folders in .*val",
    "no folder": "no folder .*val",
    "empty": r"no pictures in .*n02 \(1 of 3",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_line(root, what):
    damage(root, what)
    with pytest.raises(InputError, match=WRONG[what]) as said:
        ImageLabels(root, "val")
    assert "\n" not in str(said.value)


def test_lists_that_are_wrong(root):
    with pytest.raises(InputError, match="wrong class list: it names a class twice"):
        ImageLabels(root, classes=["n01", "n01", "n03"])
    with pytest.raises(InputError, match=r"wrong class list for .*train"):
        ImageLabels(root, classes=["n01", "n02"])
    with pytest.raises(InputError, match="no such list file"):
        ImageLabels(root, classes="nothing.txt")


def test_an_unreadable_picture_is_not_passed_over(root):
    path = root / "train/n01/n01_0.JPEG"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=r"n01_0\.JPEG cannot be read"):
        ImageLabels(root)[0]
