"""Patches of a grid: whole ones, an exact number, each equally likely."""

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.masks import GridPatches


def patches(mask, size):
    """(rows, columns) bool, after checking that every patch is all or nothing."""
    rows, columns = mask.shape[0] // size, mask.shape[1] // size
    cells = mask.reshape(rows, size, columns, size).transpose(0, 2, 1, 3)
    assert (cells.all((2, 3)) == cells.any((2, 3))).all()
    return cells.all((2, 3))


@pytest.mark.parametrize("ratio", [0.001, 0.1, 0.25, 0.5, 0.6, 0.75, 0.999])
@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(128, 128, 16), (96, 160, 32), (14, 28, 14), (8, 8, 1)],
)
def test_exact_number_of_whole_patches(height, width, size, ratio):
    count = height * width // size**2
    expected = min(max(round(ratio * count), 1), count - 1)
    rng = np.random.default_rng(0)
    for _ in range(20):
        mask = GridPatches(size, ratio)(height, width, rng)
        assert patches(mask, size).sum() == expected
        assert mask.flags.writeable


def test_every_patch_is_equally_likely():
    rng = np.random.default_rng(0)
    generator = GridPatches(16, 0.25)
    drawn = [patches(generator(64, 96, rng), 16) for _ in range(4000)]
    # Standard error of one patch: 0.0068.
    assert np.abs(np.mean(drawn, 0) - 0.25).max() < 0.03


@pytest.mark.parametrize(("height", "width"), [(128, 120), (100, 128), (16, 16)])
def test_picture_that_the_grid_does_not_fit(height, width):
    with pytest.raises(InputError, match=rf"{height}x{width}.*multiples of 16"):
        GridPatches(16)(height, width, np.random.default_rng(0))


@pytest.mark.parametrize("ratio", [0, 1, -0.5, 1.5, float("nan"), "half"])
def test_bad_ratio(ratio):
    with pytest.raises(InputError, match="ratio must be a number above 0 and below 1"):
        GridPatches(16, ratio)


@pytest.mark.parametrize("patch_size", [0, -16, 16.0, (16, 16)])
def test_bad_patch_size(patch_size):
    with pytest.raises(InputError, match="patch_size must be a whole number"):
        GridPatches(patch_size)
