"""Silhouettes of objects as holes, in their own form and place."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ce_plugin.errors import InputError
from ce_plugin.masks import ObjectRegion
from ce_plugin.masks.from_options import generator_config
from ce_plugin.masks.object_shapes import load_objects


def save(path, labels):
    Image.fromarray(labels.astype(np.uint8)).save(path)


def draw(folder, height=60, width=90):
    """A picture with an ellipse (3), a triangle (9) with a void outline, and ground."""
    image = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(image)
    pen.ellipse((5, 10, 40, 50), fill=3)
    pen.polygon([(50, 55), (85, 50), (70, 5)], fill=9, outline=255)
    labels = np.asarray(image)
    save(folder / "a.png", labels)
    return labels


def masks(generator, height, width, count=60):
    rng = np.random.default_rng(0)
    return np.stack([generator(height, width, rng) for _ in range(count)])


def test_at_its_own_size_a_mask_is_one_object_pixel_by_pixel(tmp_path):
    labels = draw(tmp_path)
    found = masks(ObjectRegion(tmp_path), 60, 90)
    is_first = (found == (labels == 3)).all((1, 2))
    is_second = (found == (labels == 9)).all((1, 2))
    assert (is_first ^ is_second).all()
    assert 0.3 < is_first.mean() < 0.7


def test_at_another_size_the_form_and_the_place_are_kept(tmp_path):
    """Against the picture scaled to cover and cut in the middle, pixel by pixel."""
    labels = np.zeros((60, 90))
    pen_y, pen_x = np.mgrid[:60, :90]
    labels[np.hypot(pen_y - 30.0, pen_x - 50.0) < 18] = 5
    save(tmp_path / "a.png", labels)
    for height, width in ((120, 180), (64, 64), (100, 40), (33, 77)):
        mask = masks(ObjectRegion(tmp_path, max_area=0.9), height, width, 1)[0]
        scale = max(height / 60, width / 90)
        y, x = np.mgrid[:height, :width]
        # From a pixel's centre back to the 60 x 90 picture.
        there = [
            (place + 0.5 - size / 2) / scale + own / 2 - 0.5
            for place, size, own in ((y, height, 60), (x, width, 90))
        ]
        distance = np.hypot(there[0] - 30.0, there[1] - 50.0)
        sure = abs(distance - 18) > 1
        np.testing.assert_array_equal(mask[sure], (distance < 18)[sure])


def test_a_large_silhouette_is_reduced_and_keeps_its_place(tmp_path):
    labels = np.zeros((900, 1200))
    labels[150:750, 300:1100] = 1
    save(tmp_path / "a.png", labels)
    (found,) = load_objects(str(tmp_path), (0, 255), 10, 0)
    assert found.shape.shape == (192, 256)
    assert found.box == (150, 300, 600, 800)
    mask = masks(ObjectRegion(tmp_path, max_area=0.6), 900, 1200, 1)[0]
    np.testing.assert_array_equal(mask, labels.astype(bool))


def test_area_bounds_choose_the_objects(tmp_path):
    labels = np.zeros((50, 50))
    labels[:10, :10], labels[20:40, 20:40], labels[0:40, 12:17] = 1, 2, 3
    labels[40:, :] = 4
    save(tmp_path / "a.png", labels)
    for low, high, wanted in ((0.03, 0.05, 1), (0.1, 0.17, 2), (0.19, 0.21, 4)):
        found = masks(ObjectRegion(tmp_path, min_area=low, max_area=high), 50, 50)
        np.testing.assert_array_equal(found, np.stack([labels == wanted] * 60))
    with pytest.raises(InputError, match=r"no object of that area .*50x50.*among 4"):
        masks(ObjectRegion(tmp_path, min_area=0.3, max_area=0.5), 50, 50)


def test_an_object_that_the_cut_leaves_out_is_never_an_empty_hole(tmp_path):
    labels = np.zeros((40, 120))
    labels[:, :20] = 1
    labels[10:30, 55:65] = 2
    save(tmp_path / "a.png", labels)
    found = masks(ObjectRegion(tmp_path, min_area=0), 40, 40)
    np.testing.assert_array_equal(found, np.stack([labels[:, 40:80] == 2] * 60))


def test_missing_folder_and_no_objects(tmp_path):
    with pytest.raises(InputError, match="no folder of segmentation masks"):
        ObjectRegion(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no PNG in"):
        ObjectRegion(tmp_path)
    save(tmp_path / "ground.png", np.zeros((20, 20)))
    with pytest.raises(InputError, match="no usable region"):
        masks(ObjectRegion(tmp_path), 32, 32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ignore": 0}, "ignore must be a list"),
        ({"ignore": ["void"]}, "ignore must be a whole number"),
        ({"max_masks": 0}, "max_masks"),
        ({"shapes_seed": -1}, "shapes_seed"),
        ({"max_area": 1}, "max_area"),
        ({"min_area": 0.7}, "min_area"),
    ],
)
def test_bad_arguments(tmp_path, arguments, message):
    draw(tmp_path)
    with pytest.raises(InputError, match=message):
        ObjectRegion(tmp_path, **arguments)


@pytest.mark.parametrize(
    "generator, options", [("ObjectRegion", []), ("RandomRegion", ["kind=shapes"])]
)
def test_a_folder_that_is_a_number(generator, options):
    with pytest.raises(InputError, match=r"must be a path, got 2012; .*'\./2012'"):
        generator_config(generator, ["folder=2012", *options])
