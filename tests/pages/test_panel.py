"""Panels of pictures: their geometry, their colours and every pixel of the file."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from ce_plugin.pages.run.panel import BACKGROUND, GAP, HEADING, HOLE, panel, to_png
from ce_plugin.structures import PretextSample

COLOURS = dict(input=0.2, prediction=0.4, composite=0.6, target=0.8)


def sample_of(height, width, predicted=None):
    sample = PretextSample(mask=torch.zeros(1, height, width, dtype=torch.bool))
    sample.mask[:, height // 4 : height // 2, width // 4 : width // 2] = True
    for name, value in COLOURS.items():
        size = predicted if name == "prediction" and predicted else (height, width)
        sample.set_data({name: torch.full((3, *size), value)})
    return sample


def tile(image, row, column, height, width):
    top = HEADING + row * (height + GAP)
    left = GAP + column * (width + GAP)
    return image[top : top + height, left : left + width]


@pytest.mark.parametrize(
    "size, factor", [((64, 64), 2), ((48, 40), 3), ((128, 128), 1), ((227, 200), 1)]
)
def test_geometry_and_colours(size, factor):
    image = panel([sample_of(*size)] * 2)
    height, width = size[0] * factor, size[1] * factor
    assert image.dtype == np.uint8
    assert image.shape == (
        HEADING + 2 * (height + GAP),
        GAP + 4 * (width + GAP),
        3,
    )
    for row in range(2):
        for column, value in enumerate(COLOURS.values()):
            got = tile(image, row, column, height, width)
            assert (got[0, 0] == round(255 * value)).all()
            assert (got[-1, -1] == round(255 * value)).all()
    assert (image[-1] == BACKGROUND).all()


def test_hole_is_flat_and_exact():
    image = panel([sample_of(64, 64)])
    got = tile(image, 0, 0, 128, 128)
    painted = (got == HOLE).all(axis=2)
    expected = np.zeros((128, 128), bool)
    expected[32:64, 32:64] = True
    assert np.array_equal(painted, expected)


def test_center_prediction_stands_in_the_middle():
    image = panel([sample_of(64, 64, predicted=(32, 32))])
    got = tile(image, 0, 1, 128, 128)
    shown = (got == round(255 * 0.4)).all(axis=2)
    expected = np.zeros((128, 128), bool)
    expected[32:96, 32:96] = True
    assert np.array_equal(shown, expected)
    assert (got[~expected] == BACKGROUND).all()


def test_values_out_of_range_are_clipped_and_inputs_untouched():
    sample = sample_of(128, 128)
    sample.composite = torch.full((3, 128, 128), 1.7).half()
    before = sample.input.clone()
    image = panel([sample])
    assert (tile(image, 0, 2, 128, 128) == 255).all()
    assert torch.equal(sample.input, before)


def test_headings_are_drawn():
    image = panel([sample_of(64, 64)])
    strip = image[:HEADING]
    for column in range(4):
        left = GAP + column * (128 + GAP)
        assert (strip[:, left : left + 60] != BACKGROUND).any()


def test_png_keeps_every_pixel():
    image = panel([sample_of(32, 32)])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(to_png(image)))), image)


def test_no_sample_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        panel([])
