"""What every registered filler keeps to."""

import numpy as np
import pytest
from fillers_case import CASES, build, case

import ce_plugin.inpainting  # noqa: F401  registers them
from ce_plugin.errors import InputError
from ce_plugin.inpainting import Filler
from ce_plugin.registry import FILLERS

NAMES = sorted(FILLERS.module_dict)
KNOWN = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def fillers(tmp_path_factory):
    return {name: build(name, tmp_path_factory.mktemp(name)) for name in NAMES}


def test_names():
    names = [FILLERS.get(name).name for name in NAMES]
    assert all(names) and len(set(names)) == len(names)
    assert all(issubclass(FILLERS.get(name), Filler) for name in NAMES)


@KNOWN
@pytest.mark.parametrize("which", CASES)
def test_only_the_hole_changes(fillers, name, which):
    picture, hole = case(which)
    before, mask_before = picture.copy(), hole.copy()
    (filling,) = fillers[name]([picture], [hole])
    assert np.array_equal(picture, before) and np.array_equal(hole, mask_before)
    assert filling.composite.dtype == filling.prediction.dtype == np.uint8
    assert filling.composite.shape == filling.prediction.shape == picture.shape
    assert np.array_equal(filling.composite[~hole], picture[~hole])
    assert np.array_equal(filling.composite[hole], filling.prediction[hole])
    assert all(isinstance(note, str) for note in filling.notes)


@KNOWN
def test_what_the_hole_hides_is_not_used(fillers, name):
    picture, hole = case("large")
    other = picture.copy()
    other[hole] = np.random.default_rng(1).integers(0, 255, (hole.sum(), 3))
    first, second = (fillers[name]([p], [hole], [3])[0] for p in (picture, other))
    assert np.array_equal(first.composite[hole], second.composite[hole])


@KNOWN
def test_a_batch_is_its_pictures_one_by_one(fillers, name):
    pairs = [
        case(which, seed) for seed, which in enumerate(("border", "two", "middle"))
    ]
    pictures, holes = zip(*pairs)
    together = fillers[name](pictures, holes, [5, 6, 7])
    for filling, picture, hole, seed in zip(together, pictures, holes, [5, 6, 7]):
        (alone,) = fillers[name]([picture], [hole], [seed])
        far = np.abs(alone.composite.astype(int) - filling.composite)
        # A network's sums are ordered by the size of the batch.
        assert far.max() <= 1 and alone.notes == filling.notes


@KNOWN
@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda p, h: (p, np.zeros_like(h)), "empty"),
        (lambda p, h: (p, np.ones_like(h)), "whole picture"),
        (lambda p, h: (p, h[:-1]), "64 x 63 pixels and the picture 64 x 64"),
        (lambda p, h: (p, h.astype(np.uint8)), "bool"),
        (lambda p, h: (p[..., 0], h), "RGB"),
        (lambda p, h: (p / 255, h), "uint8"),
    ],
)
def test_wrong_input(fillers, name, spoil, said):
    picture, hole = spoil(*case("middle"))
    with pytest.raises(InputError, match=said):
        fillers[name]([picture], [hole])
