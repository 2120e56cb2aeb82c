"""The command that looks at data, cuts it and fetches it."""

import urllib.request
from urllib.error import URLError
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from voc_folder import CLASSES, make_voc

from ce_plugin.datasets import Pictures
from ce_plugin.datasets.check import check_voc
from ce_plugin.datasets.check.annotation import read_annotation
from ce_plugin.datasets.check.labels import mask_labels
from ce_plugin.datasets.prepare.mask_labels import masks_to_numbers
from ce_plugin.datasets.prepare.small_voc import small_voc
from ce_plugin.errors import InputError
from ce_plugin.tools import prepare_data


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*args):
        monkeypatch.setattr("sys.argv", ["prepare_data", *map(str, args)])
        code = prepare_data.main()
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return make_voc(tmp_path_factory.mktemp("drawn"), pictures=16, size=(96, 80))


def test_check(run, voc):
    code, out, err = run("check", "voc", voc, "--years", "2007", "--decode")
    assert (code, err) == (0, [])
    assert out[0] == "VOC2007 pictures: 16"
    assert out[-1] == f"no problem in {voc}"
    (voc / "VOC2007/Annotations/000003.xml").unlink()
    (voc / "VOC2012/SegmentationClassAug/2012_000003.png").unlink()
    code, out, err = run("check", "voc", voc, "--sbd")
    assert (code, err) == (1, [])
    assert out[-3:] == [
        "PROBLEM 1 missing annotations (VOC2007): 000003",
        "PROBLEM 1 missing masks (VOC2012): 2012_000003",
        f"2 kinds of problem in {voc}",
    ]


@pytest.mark.parametrize("data", ["voc", "sbd", "imagenet"])
def test_what_is_no_data(data, run, tmp_path):
    code, out, err = run("check", data, tmp_path / "nowhere")
    assert (code, out) == (2, [])
    assert err == [
        f"ce_plugin: error: no such folder: {tmp_path}/nowhere; check data_root"
    ]
    code, out, (line,) = run("check", data, tmp_path)
    assert (code, out) == (2, []) and str(tmp_path) in line


def boxes_of_masks(folder, name):
    """Where the objects of a drawn picture are, by its mask, in VOC's counting."""
    objects = np.array(Image.open(folder / "SegmentationObject" / f"{name}.png"))
    found = []
    for number in sorted(set(objects.flat) - {0, 255}):
        y, x = np.nonzero(objects == number)
        found.append((x.min() + 1, y.min() + 1, x.max() + 1, y.max() + 1))
    return found


def test_a_small_copy(run, drawn, tmp_path):
    out = tmp_path / "small"
    args = ("small", "voc", drawn, out, "--pictures", 7, "--long-side", 48)
    code, said, err = run(*args)
    assert (code, err) == (0, [])
    assert said == [f"{out}/VOC2007: 7 pictures", f"{out}/VOC2012: 7 pictures"]
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    report = check_voc(out, sbd=True, decode=True)
    assert report.problems == []
    lists = out / "VOC2007/ImageSets/Main"
    assert len((lists / "trainval.txt").read_text().split()) == 7
    for split in ("train", "val"):
        names = (lists / f"{split}.txt").read_text().split()
        assert names
        for label in CLASSES:
            rows = (lists / f"{label}_{split}.txt").read_text().splitlines()
            assert [row.split()[0] for row in rows] == names

    year = out / "VOC2007"
    for path in sorted((year / "JPEGImages").iterdir()):
        name = path.stem
        assert Image.open(path).size == (48, 40)
        mask = Image.open(year / "SegmentationClass" / f"{name}.png")
        whole = drawn / "VOC2007/SegmentationClass" / f"{name}.png"
        assert mask.mode == "P" and mask.getpalette() == Image.open(whole).getpalette()
        assert mask_labels(year / "SegmentationClass" / f"{name}.png") <= (
            mask_labels(whole)
        )
        found = read_annotation(year / "Annotations" / f"{name}.xml")
        old = read_annotation(drawn / "VOC2007/Annotations" / f"{name}.xml")
        assert found.size == (48, 40)
        assert [item.name for item in found.objects] == [i.name for i in old.objects]
        for small, large in zip(found.objects, old.objects):
            # Edges, counted from 0, are halved; whole pixels move them by 1/2.
            edges = [np.array(item.box) - (1, 1, 0, 0) for item in (small, large)]
            assert np.abs(edges[0] - edges[1] / 2).max() <= 0.5
        if len(found.objects) == 1:
            # The first row of a drawn mask is a border of 255, so y is not compared.
            ((xmin, _, xmax, ymax),) = boxes_of_masks(year, name)
            box = found.objects[0].box
            assert (
                np.abs(np.subtract((xmin, xmax, ymax), (box[0], *box[2:]))).max() <= 1
            )


def test_a_small_copy_is_the_same_every_time(drawn, tmp_path):
    def contents(name):
        small_voc(drawn, tmp_path / name, pictures=8, long_side=64)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        return {p.relative_to(tmp_path / name): p.read_bytes() for p in files}

    first = contents("one")
    assert first == contents("two") and len(first) > 30


def test_what_is_small_enough_is_copied_as_it_is(drawn, tmp_path):
    small_voc(drawn / "VOC2012", tmp_path / "small", pictures=16)
    for part in ("JPEGImages", "Annotations", "SegmentationClassAug"):
        names = sorted(p.name for p in (drawn / "VOC2012" / part).iterdir())
        assert names == sorted(p.name for p in (tmp_path / "small" / part).iterdir())
        for name in names:
            assert (tmp_path / "small" / part / name).read_bytes() == (
                (drawn / "VOC2012" / part / name).read_bytes()
            )


def test_small_boxes_keep_their_pixel(voc, tmp_path):
    """A box thinner than a pixel of the copy, at the last column."""
    for path in voc.glob("VOC2007/Annotations/*.xml"):
        tree = ET.parse(path)
        for box in tree.iter("bndbox"):
            for key, value in dict(xmin=96, ymin=80, xmax=96, ymax=80).items():
                box.find(key).text = str(value)
        tree.write(path)
    small_voc(voc / "VOC2007", tmp_path / "small", pictures=8, long_side=24)
    for path in (tmp_path / "small" / "Annotations").iterdir():
        for item in read_annotation(path).objects:
            assert item.box == (24, 20, 24, 20)


def test_a_copy_is_whole_or_not_there(run, voc, tmp_path):
    before = sorted(tmp_path.iterdir())
    path = voc / "VOC2012/JPEGImages/2012_000003.jpg"
    whole = path.read_bytes()
    out = tmp_path / "small"
    args = ("small", "voc", voc, out, "--pictures", 16, "--long-side", 48)
    path.write_bytes(whole[:900])
    code, _, (line,) = run(*args)
    assert code == 2 and f"2012_000003 of {voc}/VOC2012 cannot be read" in line
    path.unlink()
    code, _, (line,) = run(*args)
    assert code == 2 and f"{path} is missing, but is listed" in line
    assert sorted(tmp_path.iterdir()) == before
    path.write_bytes(whole)
    assert run(*args)[0] == 0
    code, _, (line,) = run(*args)
    assert code == 2 and f"{out} is there already" in line


def test_a_union_without_its_parts_is_not_empty(voc, tmp_path):
    lists = voc / "VOC2007" / "ImageSets"
    for path in lists.glob("*/*.txt"):
        if path.stem != "trainval":
            path.unlink()
    names = sorted((lists / "Main" / "trainval.txt").read_text().split())
    (lists / "Main" / "trainval.txt").write_text("\n".join(names[4:]))
    (lists / "Main" / "test.txt").write_text("\n".join(names[:4]))
    (lists / "Segmentation" / "trainval.txt").unlink()
    small_voc(voc / "VOC2007", tmp_path / "small", pictures=4)
    for name in ("trainval", "test"):
        path = tmp_path / "small" / "ImageSets" / "Main" / f"{name}.txt"
        assert len(path.read_text().split()) == 2


def test_two_masks_that_would_be_one_file(tmp_path):
    (tmp_path / "masks").mkdir()
    for name in ("a.png", "a.bmp"):
        Image.new("L", (8, 8)).save(tmp_path / "masks" / name)
    with pytest.raises(InputError, match=r"a\.bmp and a\.png of .* would be one file"):
        masks_to_numbers(str(tmp_path / "masks"), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_cut(voc, tmp_path):
    with pytest.raises(InputError, match="has 7 lists; ask for at least as many"):
        small_voc(voc, tmp_path / "small", pictures=2)
    with pytest.raises(InputError, match="long_side is at least 16"):
        small_voc(voc, tmp_path / "small", pictures=9, long_side=0)
    with pytest.raises(InputError, match="is no VOCdevkit"):
        small_voc(tmp_path, tmp_path / "small", pictures=9)


@pytest.mark.parametrize("data", ["voc", "sbd"])
def test_a_download_without_a_network(data, run, tmp_path, monkeypatch):
    def unreachable(*args, **kwargs):
        raise URLError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", unreachable)
    code, out, (line,) = run("download", data, tmp_path / "data")
    assert (code, out) == (2, [])
    assert f"{data.upper()} cannot be fetched, is there a network? (Name or" in line
    assert not (tmp_path / "data").exists()


def test_a_download_that_is_broken(run, tmp_path, monkeypatch):
    """Bytes arrive, but they are not the archive."""
    import torchvision.datasets.utils as utils

    def short(url, filename, *args, **kwargs):
        with open(filename, "wb") as file:
            file.write(b"half")

    monkeypatch.setattr(utils, "_urlretrieve", short)
    monkeypatch.setattr(utils, "_get_redirect_url", lambda url, **_: url)
    code, _, (line,) = run("download", "voc", tmp_path, "--years", "2012")
    assert code == 2 and "did not arrive whole" in line and "try again" in line


def test_a_download_of_what_is_not_offered(run, tmp_path):
    code, _, (line,) = run("download", "voc", tmp_path / "data", "--years", "2010")
    assert code == 2 and "years are 2007 and 2012, not 2010" in line
    (tmp_path / "cls").mkdir()
    code, _, (line,) = run("download", "sbd", tmp_path)
    assert code == 2 and "is there already" in line


@pytest.mark.parametrize(
    "command",
    [
        ("coco", "VOC2007", "file"),
        ("numbers", "VOC2012/SegmentationClass", "file"),
        ("download", "voc", "file"),
        ("small", "voc", ".", "file/x", "--pictures", "8"),
    ],
    ids=lambda command: command[0],
)
def test_a_file_in_the_place_of_a_folder(command, run, voc, monkeypatch):
    monkeypatch.chdir(voc)
    (voc / "file").touch()
    code, out, (line,) = run(*command)
    assert (code, out) == (2, [])
    assert line == (
        "ce_plugin: error: cannot write file: File exists; give another place"
    )


def test_shards(run, voc, tmp_path):
    pictures = voc / "VOC2007" / "JPEGImages"
    code, out, err = run("shards", pictures, tmp_path / "tar", "--megabytes", 1)
    assert (code, err) == (0, [])
    assert out == [f"1 shard(s): {tmp_path / 'tar'}"]
    assert len(Pictures(str(tmp_path / "tar"))) == 16
    code, out, (line,) = run("shards", pictures, tmp_path / "tar")
    assert (code, out) == (2, []) and "is not empty; give a new folder" in line
