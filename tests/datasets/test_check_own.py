"""Faults of people's own lists and masks stop a run, in one line with what to do."""

import numpy as np
import pytest
from PIL import Image
from voc_folder import make_voc

from ce_plugin.datasets.check import check_segmentation_list, check_voc_list
from ce_plugin.datasets.check.colours import voc_palette
from ce_plugin.errors import InputError


@pytest.fixture
def year(tmp_path):
    return make_voc(tmp_path / "dev", years=("2007",), pictures=4) / "VOC2007"


@pytest.fixture
def pair(tmp_path):
    """Pictures and masks of three classes, a folder each."""
    numbers = np.tile(np.array([0, 1, 2, 255], np.uint8), (12, 4))
    for name in ("a", "b"):
        for part, picture in (("images", numbers * 9), ("masks", numbers)):
            (tmp_path / part).mkdir(exist_ok=True)
            end = "jpg" if part == "images" else "png"
            Image.fromarray(picture).save(tmp_path / part / f"{name}.{end}")
    return tmp_path


def check_list(year, names):
    path = year / "mine.txt"
    path.write_text("\n".join(names))
    return check_voc_list(str(path), str(year))


def check_pair(pair, **options):
    images, masks = str(pair / "images"), str(pair / "masks")
    return check_segmentation_list(None, images, masks, num_classes=3, **options)


def one_line(call, *arguments, **options):
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def save(pair, name, values):
    Image.fromarray(np.asarray(values, np.uint8)).save(pair / "masks" / f"{name}.png")


def test_a_list_that_names_files_with_their_ending(year):
    assert sum(check_list(year, ["000000", "000001"]).values()) == 3
    said = one_line(check_list, year, ["000000.jpg", "000001.jpg"])
    assert "such as 000000.jpg; take the endings off" in said


def test_pictures_that_mmdets_reader_does_not_find(year):
    path = year / "JPEGImages" / "000001.jpg"
    Image.open(path).save(path.with_suffix(".png"))
    path.unlink()
    said = one_line(check_list, year, ["000000", "000001"])
    assert "1 of 2 pictures" in said and "such as 000001.png" in said
    assert "`prepare_data coco`" in said


def test_a_good_pair(pair):
    assert check_pair(pair) == "2 pictures, labels of 2 of 2 masks"


def test_no_list_and_no_ending(pair):
    said = one_line(check_pair, pair, img_suffix="")
    assert "no ending of the pictures in" in said and "such as .jpg" in said


def test_a_mask_that_is_a_pixel_smaller(pair):
    save(pair, "b", np.tile([0, 1, 2, 255], (11, 4)))
    said = one_line(check_pair, pair)
    assert "1 of 2 masks" in said and "b.png ((16, 11) for (16, 12))" in said
    assert "crop or pad" in said


@pytest.mark.parametrize("ignored", [False, True])
def test_masks_of_one_label(pair, ignored):
    values = np.zeros((12, 16))
    values[:3] = 255 * ignored
    for name in ("a", "b"):
        save(pair, name, values)
    said = one_line(check_pair, pair)
    assert "all of 2 masks" in said and "hold the one label 0" in said
    assert ("beside what is ignored" in said) is ignored
    assert "save the number of each class, 0 to 2, and 255" in said


def test_masks_in_colours(pair):
    values = np.tile([0, 1, 2, 255], (12, 4))
    save(pair, "b", voc_palette()[values])
    said = one_line(check_pair, pair)
    assert "in VOC's colours: prepare_data numbers" in said
    save(pair, "b", np.full((12, 16, 3), 77))
    said = one_line(check_pair, pair)
    assert "a colour picture (RGB)" in said and "numbers" not in said
