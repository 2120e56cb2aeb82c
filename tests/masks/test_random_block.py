"""Random blocks against a slow reference: areas, sides and places."""

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.masks import RandomBlock


def masks(generator, height, width, count, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([generator(height, width, rng) for _ in range(count)])


@pytest.mark.parametrize(("height", "width"), [(128, 128), (64, 160), (30, 30)])
def test_area_bounds(height, width):
    area = masks(RandomBlock(), height, width, 500).mean((1, 2))
    assert area.max() <= 0.25
    assert area.min() >= 0.20  # 50 tries are plenty to get there


def test_one_try_is_one_block_with_sides_in_range():
    height, width = 128, 80
    drawn = masks(RandomBlock(tries=1), height, width, 2000)
    heights, widths = drawn.any(2).sum(1), drawn.any(1).sum(1)
    np.testing.assert_array_equal(drawn.sum((1, 2)), heights * widths)
    assert set(heights) == set(range(16, 33))  # every side occurs, no other does
    assert set(widths) == set(range(10, 21))
    # Uniform on 16..32: standard error of the mean is 0.11.
    assert abs(heights.mean() - 24) < 0.5
    assert abs(np.corrcoef(heights, widths)[0, 1]) < 0.1


def test_place_is_uniform_where_the_block_fits():
    drawn = masks(RandomBlock(tries=1), 64, 64, 4000)
    tops = drawn.any(2).argmax(1)
    sides = drawn.any(2).sum(1)
    relative = tops / (64 - sides)
    assert relative.min() == 0
    assert relative.max() == 1
    assert abs(relative.mean() - 0.5) < 0.02
    assert abs(relative.std() - 12**-0.5) < 0.02


def test_matches_a_slow_reference():
    """The same draws, with the areas counted from scratch."""
    generator = RandomBlock(0.1, 0.45, max_area=0.3, stop_area=0.28, tries=12)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        heights = rng.integers(4, 19, 12)  # 0.1 and 0.45 of 40: 4 to 18
        tops = rng.integers(0, 40 - heights + 1)
        widths = rng.integers(6, 28, 12)  # of 60: 6 to 27
        lefts = rng.integers(0, 60 - widths + 1)
        expected = np.zeros((40, 60), bool)
        for h, y, w, x in zip(heights, tops, widths, lefts):
            tried = expected.copy()
            tried[y : y + h, x : x + w] = True
            if tried.mean() <= 0.3:
                expected = tried
            if expected.mean() >= 0.28:
                break
        mask = generator(40, 60, np.random.default_rng(seed))
        np.testing.assert_array_equal(mask, expected)


def test_other_areas():
    generator = RandomBlock(1 / 16, 1 / 4, max_area=0.6, stop_area=0.55, tries=200)
    area = masks(generator, 128, 128, 100).mean((1, 2))
    assert (area >= 0.55).all()
    assert (area <= 0.6).all()


@pytest.mark.parametrize("side", [7, 14, 28])
def test_the_first_block_is_taken_whatever_rounding_says(side):
    generator = RandomBlock(1 / 7, 1 / 7, (1 / 7) ** 2, (1 / 7) ** 2)
    assert (masks(generator, side, side, 20).sum((1, 2)) == (side // 7) ** 2).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_side": 0}, "min_side must be a number above 0 and at most 0.25"),
        ({"min_side": 0.3}, "min_side"),
        ({"max_side": 1.0}, "max_side"),
        ({"max_side": "big"}, "max_side must be a number .* got 'big'"),
        ({"max_side": 0.6}, "max_area must be a number at least 0.36 and below 1"),
        ({"max_area": 1.0}, "max_area"),
        ({"max_area": float("nan")}, "max_area"),
        ({"stop_area": 0.26}, "stop_area must be a number above 0 and at most 0.25"),
        ({"stop_area": 0}, "stop_area"),
        ({"tries": 0}, "tries must be a whole number"),
        ({"tries": 2.5}, "tries must be a whole number"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        RandomBlock(**arguments)


def test_no_whole_pixel_between_the_sides():
    with pytest.raises(InputError, match="3 pixels"):
        RandomBlock()(64, 3, np.random.default_rng(0))
