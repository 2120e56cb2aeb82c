"""The lists of 736 and 10,582 pictures, from small ones that overlap alike."""

import sys

import numpy as np
import pytest
from PIL import Image
from voc_folder import make_voc

from ce_plugin.datasets.files import read_lines
from ce_plugin.datasets.prepare.voc_lists import COUNTS, segmentation_lists
from ce_plugin.tools import voc_lists as tool

TRAIN = ["2007_000001", "2007_000002", "2009_000001"]
VAL = ["2011_000009", "2007_000003", "2007_000004", "2010_000001"]
VAL_2011 = ["2007_000003", "2007_000004", "2010_000001"]
SBD_TRAIN = ["2008_000001", "2007_000001", "2007_000004", "2008_000002"]
SBD_VAL = ["2010_000001", "2008_000003", "2007_000002"]
EXPECTED = dict(
    sbd_train=SBD_TRAIN,
    aug=["2008_000001", "2008_000002", "2008_000003"],
    trainaug=[
        *("2007_000001", "2007_000002", "2008_000001", "2008_000002"),
        *("2008_000003", "2009_000001"),
    ],
    seg11valid=["2007_000003", "2010_000001"],
    seg12valid=["2011_000009", "2007_000003", "2010_000001"],
)


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture
def folders(tmp_path):
    """A devkit with VOC 2012's lists, and SBD's beside it."""
    lists = tmp_path / "VOCdevkit/VOC2012/ImageSets/Segmentation"
    write(lists / "train.txt", TRAIN)
    write(lists / "val.txt", VAL)
    write(tmp_path / "sbd/dataset/train.txt", SBD_TRAIN)
    write(tmp_path / "sbd/dataset/val.txt", SBD_VAL)
    write(tmp_path / "val2011.txt", VAL_2011)
    return tmp_path


def run(monkeypatch, capsys, folders, *args, sbd="sbd"):
    argv = ["voc_lists", str(folders / "VOCdevkit"), "--sbd", str(folders / sbd)]
    monkeypatch.setattr(sys, "argv", [*argv, *map(str, args)])
    code = tool.main()
    said = capsys.readouterr()
    return code, said.out, said.err


def written(folders):
    folder = folders / "VOCdevkit/VOC2012/ImageSets/Segmentation"
    paths = {path.stem: path for path in folder.glob("*.txt")}
    return {n: read_lines(p) for n, p in paths.items() if n not in ("train", "val")}


def test_lists(monkeypatch, capsys, folders):
    code, out, _ = run(
        monkeypatch, capsys, folders, "--voc2011", folders / "val2011.txt"
    )
    assert code == 0 and written(folders) == EXPECTED
    assert "seg11valid.txt has 2 names, not 736" in out
    assert "trainaug.txt has 6 names, not 10,582" in out
    assert (
        "4 of 4 files are not there" in out and "mim run mmsegmentation voc_aug" in out
    )


def test_voc_2011_in_the_devkit_and_torchvisions_sbd(monkeypatch, capsys, folders):
    own = folders / "VOCdevkit/VOC2011/ImageSets/Segmentation/val.txt"
    write(own, VAL_2011)
    code, _, _ = run(monkeypatch, capsys, folders, sbd="sbd/dataset")
    assert code == 0 and written(folders) == EXPECTED


def test_without_voc_2011_nothing_is_called_seg11valid(monkeypatch, capsys, folders):
    code, out, _ = run(monkeypatch, capsys, folders)
    assert code == 0 and "no seg11valid.txt" in out
    assert written(folders) == {k: v for k, v in EXPECTED.items() if k != "seg11valid"}


def test_lists_that_are_there(monkeypatch, capsys, folders):
    """The same names in another order, as mmseg's converter writes them, stay."""
    path = folders / "VOCdevkit/VOC2012/ImageSets/Segmentation/aug.txt"
    write(path, EXPECTED["aug"][::-1])
    assert run(monkeypatch, capsys, folders)[0] == 0
    assert read_lines(path) == EXPECTED["aug"][::-1]
    write(path, ["2008_000001"])
    (path.parent / "trainaug.txt").unlink()
    code, _, err = run(monkeypatch, capsys, folders)
    assert code == 2 and "aug.txt is there with 1 names, not these 3" in err
    assert not (path.parent / "trainaug.txt").exists()
    assert run(monkeypatch, capsys, folders, "--overwrite")[0] == 0
    assert read_lines(path) == EXPECTED["aug"]


def test_real_counts_draw_no_remark():
    names = [f"{i:06}" for i in range(20000)]
    voc_train, val = names[:1464], names[1464:2913]
    rest = names[2913:]
    # 713 of VOC 2012 val and 713 of its train; 375 of VOC 2011 val's 1,111.
    sbd_train = val[:375] + voc_train[:713] + rest[: 8498 - 375 - 713]
    sbd_val = rest[8498 - 375 - 713 : 9118]
    lists = segmentation_lists(voc_train, val, sbd_train, sbd_val, val[:1111])
    assert {name: len(lists[name]) for name in COUNTS} == COUNTS


MISTAKES = {
    "VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt": "no such list file",
    "sbd/dataset/train.txt": "no such list file",
    "val2011.txt": "no such list file",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_missing_lists(name, monkeypatch, capsys, folders):
    (folders / name).unlink()
    args = ("--voc2011", folders / "val2011.txt")
    code, _, err = run(monkeypatch, capsys, folders, *args)
    assert (
        code == 2 and MISTAKES[name] in err and name in err and written(folders) == {}
    )


def test_missing_folders_and_empty_lists(monkeypatch, capsys, folders):
    code, _, err = run(monkeypatch, capsys, folders, sbd="none")
    assert code == 2 and "no such folder" in err
    write(folders / "sbd/dataset/train.txt", VAL)
    code, _, err = run(monkeypatch, capsys, folders)
    assert code == 2 and "seg12valid.txt would be empty" in err
    assert written(folders) == {}


def test_converter_of_mmseg_writes_masks_that_are_read(tmp_path):
    """SBD's .mat files become what our configs read: the converter is not ours."""
    import importlib.util
    from pathlib import Path

    import mmseg
    from scipy.io import savemat

    path = Path(mmseg.__file__).parent / ".mim/tools/dataset_converters/voc_aug.py"
    spec = importlib.util.spec_from_file_location("voc_aug", path)
    converter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(converter)
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4)
    savemat(tmp_path / "a.mat", dict(GTcls=dict(Segmentation=mask)))
    converter.convert_mat("a.mat", str(tmp_path), str(tmp_path))
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), mask)


def test_whole_devkit_draws_remarks_on_counts_alone(monkeypatch, capsys, tmp_path):
    devkit = make_voc(tmp_path / "VOCdevkit", years=("2012",), pictures=8)
    folder = devkit / "VOC2012/ImageSets/Segmentation"
    names = read_lines(folder / "trainval.txt")
    write(folder / "train.txt", names[:2])
    write(folder / "val.txt", names[2:5])
    write(tmp_path / "sbd/train.txt", names[1:3] + names[5:7])
    write(tmp_path / "sbd/val.txt", names[7:])
    (folder / "aug.txt").unlink()
    code, out, _ = run(monkeypatch, capsys, tmp_path, "--voc2011", folder / "val.txt")
    assert code == 0 and read_lines(folder / "seg11valid.txt") == names[3:5]
    notes = [line for line in out.splitlines() if line.startswith("note: ")]
    assert len(notes) == len(COUNTS) and all("the whole" in n for n in notes)
