"""Brush strokes: their areas, their paths and the band around them."""

from itertools import pairwise

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.masks import BrushStrokes
from ce_plugin.masks.brush_strokes import _fold


def areas(generator, height=96, width=96, count=200):
    rng = np.random.default_rng(0)
    return np.array([generator(height, width, rng).mean() for _ in range(count)])


@pytest.mark.parametrize(("low", "high"), [(0.02, 0.5), (0.1, 0.2), (0.4, 0.5)])
@pytest.mark.parametrize(("height", "width"), [(96, 96), (64, 160)])
def test_area_stays_in_its_range(low, high, height, width):
    found = areas(BrushStrokes(min_area=low, max_area=high), height, width)
    assert found.min() >= low
    assert found.max() <= high
    assert found.std() > (high - low) / 20


def test_areas_are_alike_at_every_size():
    small, large = (areas(BrushStrokes(), side, side) for side in (64, 256))
    assert small.mean() == pytest.approx(large.mean(), abs=0.03)
    assert 0.2 < large.mean() < 0.35


def test_more_strokes_cover_more():
    means = [areas(BrushStrokes(strokes=(n, n))).mean() for n in (1, 2, 4)]
    assert means[0] + 0.05 < means[1] < means[2] - 0.05


def test_every_part_of_the_picture_is_reached():
    rng, generator = np.random.default_rng(0), BrushStrokes()
    share = np.mean([generator(64, 64, rng) for _ in range(1000)], axis=0)
    assert share.min() > 0.025  # corners, where fewest strokes pass
    assert share.max() < 0.5


def slow_strokes(path, width, height, length):
    """All pixels within half the brush of a stretch, and those too near to call."""
    inside = np.zeros((height, length), bool)
    unsure = inside.copy()
    for y in range(height):
        for x in range(length):
            nearest = np.inf
            for a, b in pairwise(path):
                along = b - a
                t = np.dot((x, y) - a, along) / max(np.dot(along, along), 1e-9)
                nearest = min(
                    nearest, np.hypot(*((x, y) - a - np.clip(t, 0, 1) * along))
                )
            inside[y, x] = nearest <= width / 2
            # Where the circle's edge and rounding to whole pixels decide.
            unsure[y, x] = abs(nearest - width / 2) < 1.2
    return inside, unsure


@pytest.mark.parametrize("seed", range(5))
def test_one_stroke_is_a_band_around_its_path_with_round_ends(seed):
    generator = BrushStrokes(strokes=(1, 1), width=(0.1, 0.3), max_area=0.9)
    mask = generator(48, 64, np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    rng.integers(1, 2)  # the number of strokes
    path, width = generator._stroke(48, 64, rng)
    assert 5 <= width <= 14
    expected, unsure = slow_strokes(path.astype(float), width, 48, 64)
    np.testing.assert_array_equal(mask[~unsure], expected[~unsure])


def test_path_keeps_lengths_turns_and_the_picture():
    generator = BrushStrokes(stretches=(6, 6), length=(0.1, 0.1), turn=(90, 90))
    compared = 0
    for seed in range(60):
        path, _ = generator._stroke(1000, 1000, np.random.default_rng(seed))
        assert path.shape == (7, 2)
        assert path.min() >= 0
        assert path.max() <= 999
        steps = np.diff(path, axis=0)
        free = (path > 150).all() and (path < 850).all()  # nothing was reflected
        if free:
            assert np.hypot(*steps.T) == pytest.approx([100] * 6, abs=1.5)
            for a, b in pairwise(steps):
                assert abs(np.dot(a, b)) < 300  # of 10000: right angles
            compared += 1
    assert compared > 5


def test_fold_reflects():
    assert [_fold(x, 4) for x in (0, 3, 4, 5, 8, 9, -1, -4, -6)] == [
        *(0, 3, 4, 3, 0, 1, 1, 4, 2)
    ]


def test_no_hole_of_that_area_is_named():
    generator = BrushStrokes(width=(0.4, 0.5), max_area=0.01, min_area=0.005)
    with pytest.raises(InputError, match=r"0.005 to 0.01 of a picture of 64x64"):
        generator(64, 64, np.random.default_rng(0))
    thin = BrushStrokes(width=(0.02, 0.02), min_area=0.6, max_area=0.7, tries=3)
    with pytest.raises(InputError, match="in 3 strokes"):
        thin(64, 64, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strokes": (0, 3)}, r"strokes\[0\]"),
        ({"strokes": (1.5, 3)}, "whole number"),
        ({"stretches": 4}, "stretches must be two numbers"),
        ({"length": (0.3, 0.1)}, r"length\[1\]"),
        ({"width": (0, 0.1)}, r"width\[0\]"),
        ({"turn": (0, 200)}, r"turn\[1\]"),
        ({"max_area": 1}, "max_area"),
        ({"min_area": 0.6}, "min_area"),
        ({"tries": 0}, "tries"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        BrushStrokes(**arguments)
