"""Neighbouring columns of a table: one run, and where it may begin."""

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.masks import NeighborColumns


def runs(generator, count, height=28, width=28, seed=0):
    """The masks, flattened row by row: (count, height * width)."""
    rng = np.random.default_rng(seed)
    return np.stack([generator(height, width, rng).ravel() for _ in range(count)])


@pytest.mark.parametrize(("height", "width"), [(28, 28), (7, 40), (2, 2)])
def test_one_run_without_gaps_of_the_share(height, width):
    drawn = runs(NeighborColumns(0.15), 300, height, width)
    # The sides of a run: it begins once where the mask goes from False to True.
    edges = np.diff(drawn.astype(int), axis=1, prepend=0, append=0)
    assert (np.count_nonzero(edges == 1, axis=1) == 1).all()
    wanted = max(round(0.15 * height * width), 1)
    np.testing.assert_array_equal(drawn.sum(1), wanted)


def test_place_is_uniform_over_all_starts():
    drawn = runs(NeighborColumns(0.5), 6000, 4, 5)
    starts = np.bincount(drawn.argmax(1), minlength=20)
    # 10 of 20 pixels: starts 0 to 10, each 545 times, standard deviation 22.
    assert set(np.flatnonzero(starts)) == set(range(11))
    assert np.abs(starts[:11] - 6000 / 11).max() < 5 * 22.3


def test_pixels_in_the_middle_are_taken_more_often_than_the_ends():
    share = runs(NeighborColumns(0.3), 2000).mean(0)
    assert share[0] < 0.01 and share[-1] < 0.01
    # n / (N - n + 1) for every pixel that n starts reach; 235 of 784 here.
    assert abs(share[235:549].mean() - 235 / 550) < 0.02


def test_lengths_between_two_shares():
    lengths = runs(NeighborColumns((0.1, 0.3)), 3000).sum(1)
    assert lengths.min() == 78 and lengths.max() == 235
    assert abs(lengths.mean() - (78 + 235) / 2) < 5 * 45.6 / 3000**0.5


@pytest.mark.parametrize(
    ("ratio", "message"),
    [
        (0, "ratio must be a number above 0"),
        (1, "ratio must be a number below 1"),
        (1.5, "ratio"),
        ("half", "ratio"),
        ((0.3, 0.1), "ratio"),
        ((0.1, 0.2, 0.3), "two numbers"),
        (True, "ratio"),
    ],
)
def test_bad_arguments(ratio, message):
    with pytest.raises(InputError, match=message):
        NeighborColumns(ratio)
