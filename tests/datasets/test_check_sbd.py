"""A drawn SBD passes; each fault is told."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from ce_plugin.datasets.check import check_sbd
from ce_plugin.errors import InputError


def write_mask(path, labels):
    savemat(path, {"GTcls": {"Segmentation": labels.astype(np.uint8)}})


@pytest.fixture
def sbd(tmp_path):
    root = tmp_path / "benchmark_RELEASE" / "dataset"
    for part in ("img", "cls"):
        (root / part).mkdir(parents=True)
    names = [f"2008_{i:06}" for i in range(5)]
    for i, name in enumerate(names):
        Image.new("RGB", (12, 9), (40 * i, 80, 9)).save(root / "img" / f"{name}.jpg")
        write_mask(root / "cls" / f"{name}.mat", np.full((9, 12), 4 * i))
    (root / "train.txt").write_text("\n".join(names[:3]))
    (root / "val.txt").write_text("\n".join(names[3:]))
    return root


def test_a_good_one(sbd, tmp_path):
    report = check_sbd(tmp_path, decode=True)
    assert report.problems == []
    assert report.counts == ["train: 3 of 8,498 official", "val: 2 of 2,857 official"]
    assert check_sbd(sbd).counts == report.counts


def test_missing_files_and_doubles(sbd):
    (sbd / "img" / "2008_000000.jpg").unlink()
    (sbd / "cls" / "2008_000004.mat").unlink()
    (sbd / "val.txt").write_text("2008_000001\n2008_000004\n")
    assert check_sbd(sbd).problems == [
        "1 pictures of train that do not exist: img/2008_000000.jpg",
        "1 masks of val that do not exist: cls/2008_000004.mat",
        "1 pictures in both train and val: 2008_000001",
    ]


def test_masks(sbd):
    write_mask(sbd / "cls" / "2008_000000.mat", np.full((9, 12), 21))
    write_mask(sbd / "cls" / "2008_000001.mat", np.zeros((12, 9)))
    (sbd / "cls" / "2008_000002.mat").write_bytes(b"no matrix")
    (sbd / "img" / "2008_000003.jpg").write_bytes(b"no picture")
    assert check_sbd(sbd).problems == []
    unread, broken, labels, sizes = check_sbd(sbd, decode=True).problems
    assert unread.startswith("1 unreadable pictures: img/2008_000003.jpg (")
    assert broken.startswith("1 masks that cannot be read: cls/2008_000002.mat (")
    assert labels == "1 masks with labels other than 0 to 20: cls/2008_000000.mat (21)"
    assert sizes == "1 masks of another size than the picture: cls/2008_000001.mat"


def test_what_is_no_sbd(tmp_path):
    with pytest.raises(InputError, match="is no SBD"):
        check_sbd(tmp_path)
