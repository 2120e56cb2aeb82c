"""The hole in the centre: its place, its target and the ring of the overlap."""

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.masks import CenterRegion

RNG = np.random.default_rng(0)


def box(mask):
    """(top, bottom, left, right) of a hole, which must be a full rectangle."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom = rows[0], rows[-1] + 1
    left, right = columns[0], columns[-1] + 1
    assert mask[top:bottom, left:right].all()
    return top, bottom, left, right


@pytest.mark.parametrize(
    ("height", "width", "overlap", "expected"),
    [
        (128, 128, 0, (32, 96, 32, 96)),
        (128, 128, 4, (36, 92, 36, 92)),  # the released code
        (227, 227, 7, (64, 163, 64, 163)),  # the authors' corrupted test pictures
        (64, 128, 0, (16, 48, 32, 96)),
        (6, 5, 0, (2, 4, 1, 4)),  # not divisible: rounded, centred
    ],
)
def test_place_of_the_hole(height, width, overlap, expected):
    assert box(CenterRegion(overlap)(height, width, RNG)) == expected


def test_areas_of_hole_target_and_ring_at_128():
    target, hole = CenterRegion()(128, 128, RNG), CenterRegion(4)(128, 128, RNG)
    assert (target.sum(), hole.sum(), (target & ~hole).sum()) == (4096, 3136, 960)


def test_hole_is_centred_at_every_size():
    for side in range(3, 70):
        mask = CenterRegion()(side, side + 1, RNG)
        np.testing.assert_array_equal(mask, mask[::-1, ::-1])
        assert abs(mask.any(1).sum() - side / 2) <= 1


def test_overlap_that_leaves_nothing():
    assert CenterRegion(31)(128, 128, RNG).sum() == 4
    with pytest.raises(InputError, match=r"overlap=32.*128x128"):
        CenterRegion(32)(128, 128, RNG)
    with pytest.raises(InputError, match="64x128"):
        CenterRegion(16)(64, 128, RNG)
    with pytest.raises(InputError, match="128x64"):
        CenterRegion(16)(128, 64, RNG)


@pytest.mark.parametrize("overlap", [-1, 1.5, "4", True, None])
def test_bad_overlap(overlap):
    with pytest.raises(InputError, match="overlap must be a whole number at least 0"):
        CenterRegion(overlap)
