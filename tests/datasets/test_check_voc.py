"""A drawn VOCdevkit passes; each fault spoiled on purpose is told, and only that."""

import re

import numpy as np
import pytest
from PIL import Image

from ce_plugin.datasets import VOCImages
from ce_plugin.datasets.check import check_voc
from ce_plugin.datasets.check.colours import labels_of_colours, voc_palette
from ce_plugin.errors import InputError


def edit(path, pattern, by):
    text = path.read_text()
    assert re.search(pattern, text)
    path.write_text(re.sub(pattern, by, text, count=1))


def test_a_good_one(drawn):
    report = check_voc(drawn, sbd=True, decode=True)
    assert report.problems == []
    assert report.summary == f"no problem in {drawn}"
    assert "VOC2007 Main/trainval: 12 of 5,011 official" in report.counts
    assert "VOC2007 Main/test: 6 of 4,952 official" in report.counts
    assert "VOC2012 Segmentation/aug: 6 of 9,118 official" in report.counts
    assert "VOC2012 Segmentation/trainaug: no list (10,582 official)" in report.counts
    assert len(check_voc(drawn, years=[2007]).counts) == 1 + 4 + 5
    assert check_voc(drawn / "VOC2012").problems == []


def drop_picture(year):
    (year / "JPEGImages" / "000003.jpg").unlink()


def drop_annotation(year):
    (year / "Annotations" / "000003.xml").unlink()


def cut_annotation(year):
    path = year / "Annotations" / "000003.xml"
    path.write_text(path.read_text()[:100])


def bare_annotation(year):
    path = year / "Annotations" / "000002.xml"
    edit(path, "(?s)<object>.*</object>", "")


def nameless_object(year):
    edit(year / "Annotations" / "000002.xml", r"<name>\w+</name>", "")


def boxless_object(year):
    edit(year / "Annotations" / "000002.xml", r"<xmax>\d+</xmax>", "")


def unknown_class(year):
    edit(year / "Annotations" / "000000.xml", "aeroplane", "airplane")


def turned_box(year):
    edit(year / "Annotations" / "000002.xml", r"<ymin>\d+<", "<ymin>79<")
    edit(year / "Annotations" / "000002.xml", r"<ymax>\d+<", "<ymax>78<")


def outside_box(year):
    edit(year / "Annotations" / "000002.xml", r"<xmax>\d+<", "<xmax>98<")


def other_size(year):
    edit(year / "Annotations" / "000002.xml", "<width>96<", "<width>95<")


def drop_mask(year):
    (year / "SegmentationClass" / "000004.png").unlink()


def mask_labels(year):
    path = year / "SegmentationClass" / "000004.png"
    values = np.array(Image.open(path))
    values[0, :2] = 21, 200
    Image.fromarray(values).save(path)


def mask_colour(year):
    path = year / "SegmentationClass" / "000004.png"
    Image.open(path).convert("RGB").save(path)


def mask_size(year):
    path = year / "SegmentationClass" / "000004.png"
    Image.open(path).resize((40, 40), 0).save(path)


def mask_pixel(year):
    path = year / "SegmentationClass" / "000004.png"
    Image.open(path).crop((0, 0, 96, 79)).save(path)


def mask_ignored(year):
    path = year / "SegmentationClass" / "000004.png"
    values = np.array(Image.open(path))
    Image.fromarray((values > 0).astype(np.uint8) * 255).save(path)


def mask_colours(year):
    path = year / "SegmentationClass" / "000004.png"
    Image.fromarray(voc_palette()[np.array(Image.open(path))]).save(path)


def endings(year):
    path = year / "ImageSets" / "Main" / "test.txt"
    path.write_text(re.sub("(00000[67])", r"\1.jpg", path.read_text()))


def mask_broken(year):
    path = year / "SegmentationClass" / "000004.png"
    path.write_bytes(path.read_bytes()[:60])


def double(year):
    path = year / "ImageSets" / "Main" / "val.txt"
    path.write_text(path.read_text() + "000000\n")


def twice(year):
    path = year / "ImageSets" / "Main" / "test.txt"
    path.write_text(path.read_text() + "000007\n")


def leak(year):
    path = year / "ImageSets" / "Segmentation" / "aug.txt"
    path.write_text(path.read_text() + "000007\n")


def trainval(year):
    path = year / "ImageSets" / "Main" / "trainval.txt"
    path.write_text(path.read_text().replace("000007\n", ""))


def empty(year):
    (year / "ImageSets" / "Segmentation" / "test.txt").write_text("\n")


def cut_picture(year):
    path = year / "JPEGImages" / "000003.jpg"
    path.write_bytes(path.read_bytes()[:900])


FAULTS = {
    drop_annotation: "1 missing annotations (VOC2007): 000003",
    cut_annotation: "1 annotations that cannot be read (VOC2007): 000003 (no XML",
    bare_annotation: "1 annotations without an object (VOC2007): 000002",
    nameless_object: "cannot be read (VOC2007): 000002 (an object without a name)",
    boxless_object: "000002 (a bird without a box of four numbers)",
    unknown_class: "000000 (airplane, did you mean aeroplane?)",
    turned_box: "1 boxes turned round (VOC2007): 000002 (bird)",
    outside_box: "1 boxes outside the picture (VOC2007): 000002 (bird)",
    other_size: "000002 ((95, 80) for (96, 80))",
    drop_mask: "1 missing masks (VOC2007): 000004",
    mask_labels: "255 (VOC2007): SegmentationClass/000004.png (21, 200)",
    mask_colour: "SegmentationClass/000004.png (a colour picture (RGB)",
    mask_size: "without interpolation (VOC2007): SegmentationClass/000004.png (40x40",
    mask_pixel: "SegmentationClass/000004.png (96x79 for 96x80)",
    mask_ignored: "objects saved as 255? Save the number of their class (VOC2007): Seg",
    mask_colours: "in VOC's colours: prepare_data numbers makes labels of them)",
    endings: "2 names with an ending (a list has none) in VOC2007 Main/test: 000006.j",
    mask_broken: "masks that cannot be read (VOC2007): SegmentationClass/000004.png",
    double: "1 pictures in both Main/train and Main/val (VOC2007): 000000",
    twice: "1 names listed twice in VOC2007 Main/test: 000007",
    leak: "1 pictures in both Segmentation/aug and Segmentation/val (VOC2007): 000007",
    trainval: "Main/trainval is not train and val (VOC2007): 000007",
    empty: "1 empty list: VOC2007 Segmentation/test",
    cut_picture: "1 unreadable pictures (VOC2007): 000003",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_faults(fault, voc):
    fault(voc / "VOC2007")
    report = check_voc(voc, decode=True)
    (problem,) = report.problems
    assert FAULTS[fault] in problem
    assert report.summary == f"1 kind of problem in {voc}"


def test_a_split_of_one_label_is_told(voc):
    for path in (voc / "VOC2007" / "SegmentationClass").iterdir():
        values = np.array(Image.open(path))
        Image.fromarray((values > 0).astype(np.uint8)).save(path)
    assert check_voc(voc).problems == []  # background and one class
    for path in (voc / "VOC2007" / "SegmentationClass").iterdir():
        Image.fromarray(np.zeros((80, 96), np.uint8)).save(path)
    problems = check_voc(voc).problems
    lists = [re.search(r"masks of (\S+), all of the one label 0", p) for p in problems]
    wanted = [f"Segmentation/{name}" for name in ("train", "val", "trainval", "test")]
    assert [found[1] for found in lists] == wanted


def test_pictures_may_end_otherwise_and_annotations_name_other_files(voc):
    year = voc / "VOC2007"
    for i, ending in enumerate((".JPG", ".jpeg", ".png")):
        path = year / "JPEGImages" / f"00000{i}.jpg"
        Image.open(path).save(path.with_suffix(ending))
        path.unlink()
        edit(
            year / "Annotations" / f"00000{i}.xml",
            "<filename>.*</filename>",
            r"<filename>C:\\photos\\IMG 7.bmp</filename>",
        )
    assert check_voc(voc, decode=True).problems == []
    names = [name.rpartition("/")[2] for name in VOCImages(str(year)).names]
    assert names[:4] == ["000000.JPG", "000001.jpeg", "000002.png", "000003.jpg"]
    assert VOCImages(str(year))[2]["inputs"].shape == (3, 80, 96)
    endings(year)
    ended = VOCImages(str(year), image_set="test").names
    assert ended == [f"JPEGImages/{i:06}.jpg" for i in range(6, 12)]


def test_colours_of_voc_become_numbers_again():
    numbers = np.random.default_rng(0).choice([*range(21), 255], (9, 11))
    colours = voc_palette()[numbers]
    np.testing.assert_array_equal(labels_of_colours(colours), numbers)
    colours[0, 0] = 1, 2, 3
    assert labels_of_colours(colours) is None
    # Those of VOC's own development kit.
    assert voc_palette()[[0, 1, 2, 20]].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [0, 64, 128],
    ]


def test_a_missing_picture_is_told_for_each_list_that_names_it(voc):
    drop_picture(voc / "VOC2007")
    problems = check_voc(voc).problems
    assert problems == [
        f"1 pictures of VOC2007 {name} that do not exist: 000003"
        for name in (
            "Main/train",
            "Main/trainval",
            "Segmentation/train",
            "Segmentation/trainval",
            "Segmentation/aug",
        )
    ]


def test_the_masks_of_sbd_can_be_asked_for(voc):
    (voc / "VOC2012/ImageSets/Segmentation/aug.txt").unlink()
    assert check_voc(voc).problems == []
    assert check_voc(voc, sbd=True).problems == [
        "1 missing lists of SBD (VOC2012): aug.txt"
    ]


def test_lists_of_others_may_name_masks_of_sbd(voc):
    year = voc / "VOC2012"
    (year / "ImageSets/Segmentation/mine.txt").write_text("2012_000001\n2012_000008\n")
    for part in ("Class", "ClassAug"):
        (year / f"Segmentation{part}" / "2012_000001.png").unlink()
    (year / "SegmentationClass" / "2012_000008.png").unlink()
    for name in ("train", "val", "trainval", "test", "aug"):
        path = year / f"ImageSets/Segmentation/{name}.txt"
        names = path.read_text().split()
        kept = [n for n in names if n not in ("2012_000001", "2012_000008")]
        path.write_text("\n".join(kept))
    report = check_voc(voc)
    assert "VOC2012 Segmentation/mine: 2" in report.counts
    assert report.problems == ["1 missing masks (VOC2012): 2012_000001"]


def test_what_is_no_devkit(voc, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        check_voc(tmp_path / "nowhere")
    (tmp_path / "bare").mkdir()
    with pytest.raises(InputError, match="is no VOCdevkit"):
        check_voc(tmp_path / "bare")
    with pytest.raises(InputError, match=r"no VOC2010 .* there are: VOC2007, VOC2012"):
        check_voc(voc, years=["2010"])
    with pytest.raises(InputError, match="this is one year"):
        check_voc(voc / "VOC2007", years=["2007"])
