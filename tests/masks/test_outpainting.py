"""Borders as holes: their sides, their widths and what is left."""

from collections import Counter

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.masks import Outpainting
from ce_plugin.masks.outpainting import SIDES


def borders(mask):
    """Width of the border along each side, and that the hole is these borders."""
    known = ~mask
    rows, columns = (np.flatnonzero(known.any(axis)) for axis in (1, 0))
    assert known[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    height, width = mask.shape
    found = columns[0], width - 1 - columns[-1], rows[0], height - 1 - rows[-1]
    return dict(zip(SIDES, map(int, found)))


@pytest.mark.parametrize("side", SIDES)
def test_one_side_and_its_share(side):
    mask = Outpainting(side, share=(0.25, 0.25))(40, 80, np.random.default_rng(0))
    expected = dict.fromkeys(SIDES, 0)
    expected[side] = 20 if side in ("left", "right") else 10
    assert borders(mask) == expected


def test_named_sides_all_get_a_border_of_their_own():
    generator = Outpainting(["left", "right", "bottom"], share=(0.1, 0.3))
    rng = np.random.default_rng(0)
    found = [borders(generator(100, 200, rng)) for _ in range(400)]
    assert {one["top"] for one in found} == {0}
    left, right, bottom = (
        np.array([one[side] for one in found]) for side in ("left", "right", "bottom")
    )
    for widths, length in ((left, 200), (right, 200), (bottom, 100)):
        assert (widths.min(), widths.max()) == (0.1 * length, 0.3 * length)
        assert widths.mean() == pytest.approx(0.2 * length, rel=0.03)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.15


@pytest.mark.parametrize("count", [(1, 1), (1, 4), (2, 3)])
def test_random_sides_are_equally_likely(count):
    rng, generator = np.random.default_rng(0), Outpainting(count=count)
    numbers, sides = Counter(), Counter()
    for _ in range(1200):
        named = [s for s, width in borders(generator(64, 64, rng)).items() if width]
        numbers[len(named)] += 1
        sides.update(named)
    assert set(numbers) == set(range(count[0], count[1] + 1))
    for tally in (numbers, sides):
        expected = sum(tally.values()) / len(tally)
        assert all(abs(n - expected) < 0.15 * expected for n in tally.values())


def test_something_is_left_of_the_smallest_picture():
    generator = Outpainting(SIDES, share=(0.49, 0.49))
    mask = generator(3, 4, np.random.default_rng(0))
    assert borders(mask) == dict(left=1, right=1, top=1, bottom=1)
    assert borders(Outpainting("top", share=(0.99, 0.99))(3, 3, _rng())) == {
        **dict.fromkeys(SIDES, 0),
        "top": 2,
    }
    assert Outpainting("left", share=(0.001, 0.001))(9, 9, _rng()).sum() == 9


def _rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sides": "up"}, "any of left, right, top, bottom"),
        ({"sides": ["left", "up"]}, "any of left"),
        ({"sides": []}, "any of left"),
        ({"sides": 3}, "any of left"),
        ({"count": (0, 2)}, r"count\[0\]"),
        ({"count": (1, 5)}, r"count\[1\]"),
        ({"count": (1.5, 2)}, "whole number"),
        ({"share": (0, 0.2)}, r"share\[0\]"),
        ({"share": 0.2}, "share must be two numbers"),
        ({"share": (0.1, 0.5)}, "below 0.5 where facing sides"),
        ({"sides": ("top", "bottom"), "share": (0.5, 0.5)}, "below 0.5"),
        ({"sides": "top", "share": (0.5, 1)}, "below 1"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        Outpainting(**arguments)


def test_wide_borders_where_no_two_can_meet():
    for arguments in (dict(sides=("left", "top")), dict(count=(1, 1))):
        generator = Outpainting(share=(0.7, 0.8), **arguments)
        assert generator(50, 50, _rng()).mean() > 0.6
