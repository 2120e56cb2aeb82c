"""PatchMatch on pictures: textures, starts, seeds, awkward holes, large pictures."""

import time
import tracemalloc

import numpy as np
import pytest
from fillers_case import box, photo, rgb, smooth
from skimage import data

from ce_plugin.errors import InputError
from ce_plugin.inpainting import Filler
from ce_plugin.inpainting.fillers import ContextMeanFill, PatchMatch


class Given(Filler):
    """Fills with what it was given."""

    def __init__(self, picture):
        self.picture = picture

    def paint(self, pictures, holes, rngs):
        return [(self.picture.copy(), ("as given",)) for _ in pictures]


def psnr(filling, truth):
    far = filling.composite[filling.mask].astype(float) - truth[filling.mask]
    return 10 * np.log10(255**2 / max(np.mean(far**2), 1e-9))


def tiles(height, width):
    y, x = np.mgrid[:height, :width]
    colours = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return colours[y % 8, x % 8]


PERIODIC = {
    "stripes": rgb(np.tile([30, 30, 200, 200, 90, 90], (96, 16))),
    "checkerboard": rgb(
        np.kron(np.indices((24, 24)).sum(0) % 2, np.ones((4, 4))) * 255
    ),
    "tiles": tiles(96, 96),
}


@pytest.mark.parametrize("start", ["noise", "context-mean"])
@pytest.mark.parametrize("name", PERIODIC)
def test_periodic_texture_is_completed(name, start):
    picture = PERIODIC[name]
    hole = box(96, 96, (36, 60, 30, 58))
    (filling,) = PatchMatch(start)([picture], [hole])
    wrong = np.abs(filling.composite.astype(int) - picture).max(axis=2) > 8
    assert wrong[hole].mean() < 0.02


@pytest.mark.parametrize("name", ["grass", "gravel"])
def test_texture_stays_lively(name):
    """Completions by colour alone become smooth: here the slopes must remain."""
    picture = photo(name, 160, 200)
    hole = box(160, 200, (50, 110, 60, 130))
    (filling,) = PatchMatch()([picture], [hole])
    slope = np.abs(np.diff(filling.composite[..., 0].astype(float), axis=1))
    truth = np.abs(np.diff(picture[..., 0].astype(float), axis=1))
    assert slope[hole[:, 1:]].mean() > 0.75 * truth[hole[:, 1:]].mean()


def test_start_from_a_filler_that_knows_the_truth():
    """A good start is kept, and the better the finer the level on which it begins."""
    picture = photo("coffee", 128, 160)
    hole = box(128, 160, (40, 88, 60, 108))
    noise, coarse, fine = (
        psnr(PatchMatch(start, coarsest=coarsest)([picture], [hole])[0], picture)
        for start, coarsest in (
            ("noise", 16),
            (Given(picture), 16),
            (Given(picture), 64),
        )
    )
    assert coarse > noise + 5 and fine > max(coarse + 3, 24)


def test_truth_elsewhere_in_the_picture_is_found_and_kept():
    half = photo("coffee", 96, 96)
    picture = np.concatenate([half, half], axis=1)
    hole = box(96, 192, (30, 66, 30, 66))
    (filling,) = PatchMatch(Given(picture))([picture], [hole])
    assert filling.notes == ("as given",)
    assert psnr(filling, picture) > 45


def test_config_as_start():
    picture, hole = smooth(40, 40), box(40, 40, (10, 20, 10, 20))
    built = PatchMatch(dict(type="ContextMeanFill"))
    assert isinstance(built.start, ContextMeanFill)
    first, second = (
        filler([picture], [hole])[0].composite
        for filler in (built, PatchMatch(ContextMeanFill()))
    )
    assert np.array_equal(first, second)


def test_seed_decides():
    picture, hole = photo("coffee", 64, 64), box(64, 64, (20, 40, 20, 40))
    first, again, other = (
        PatchMatch()([picture], [hole], [seed])[0].composite for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_only_known_colours_get_into_the_hole():
    """The picture is green around a red hole and beside another one."""
    picture = np.zeros((90, 90, 3), np.uint8)
    picture[..., 1] = np.random.default_rng(0).integers(100, 200, (90, 90))
    hole = box(90, 90, (20, 50, 10, 40), (20, 50, 43, 60), (0, 8, 80, 90))
    picture[hole] = (255, 0, 0)
    start = Given(np.where(hole[..., None], picture, 0).astype(np.uint8))
    for filler in (PatchMatch(), PatchMatch(start), PatchMatch(window=20)):
        (filling,) = filler([picture], [hole])
        inside = filling.composite[hole]
        assert (inside[:, 0] == 0).all()
        assert inside[:, 1].min() >= 100 and inside[:, 1].max() < 200


AWKWARD = {
    "corner": (box(60, 60, (40, 60, 0, 25)), 0),
    "side to side": (box(40, 64, (12, 25, 0, 64)), 0),
    "strip": (box(9, 120, (0, 9, 50, 70)), 1),
    "one pixel": (box(40, 40, (39, 40, 39, 40)), 0),
    "a hair": (np.eye(50, dtype=bool), 0),
    "smaller than a patch": (box(5, 6, (2, 4, 2, 4)), 1),
    "two pixels": (box(1, 2, (0, 1, 0, 1)), 1),
    "one column known": (box(30, 40, (0, 30, 1, 40)), 2),
    "a frame known": (box(40, 40, (4, 36, 4, 36)), 2),
    "too little for the coarsest": (box(80, 80, (9, 71, 9, 71)), 1),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_holes(name):
    hole, notes = AWKWARD[name]
    picture = smooth(*hole.shape) // 2 + 100
    (filling,) = PatchMatch()([picture], [hole])
    assert len(filling.notes) == notes, filling.notes
    known = picture[~hole]
    assert (filling.composite[hole] >= known.min(axis=0)).all()
    assert (filling.composite[hole] <= known.max(axis=0)).all()


def test_far_holes_do_not_depend_on_each_other():
    picture = photo("coffee", 200, 300)
    left, right = box(200, 300, (80, 95, 20, 40)), box(200, 300, (90, 130, 240, 280))
    filler = PatchMatch(window=100)
    (both,), (alone,) = filler([picture], [left | right]), filler([picture], [left])
    assert np.array_equal(both.composite[left], alone.composite[left])


@pytest.mark.slow
def test_small_hole_in_a_large_picture():
    """Seconds and the window's memory: 12 megapixels are 34 MB."""
    import cv2

    picture = cv2.resize(data.coffee(), (4000, 3000), interpolation=cv2.INTER_CUBIC)
    hole = box(3000, 4000, (1500, 1650, 2000, 2200))
    begin = time.process_time()
    (filling,) = PatchMatch()([picture], [hole])
    assert time.process_time() - begin < 60
    assert np.array_equal(filling.composite[~hole], picture[~hole])
    rng = np.random.default_rng(0)
    tracemalloc.start()
    PatchMatch().paint([picture], [hole], [rng])
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert peak < 34.4 + 60  # the result and what the window takes


@pytest.mark.parametrize(
    "given, said",
    [
        (dict(start="zeros"), "start is one of noise, context-mean"),
        (dict(patch=6), "odd"),
        (dict(patch=1), "odd"),
        (dict(coarsest=0), "coarsest"),
        (dict(window=10), "window"),
        (dict(rounds=(3, 0)), "rounds"),
        (dict(texture=-1), "texture"),
    ],
)
def test_wrong_arguments(given, said):
    with pytest.raises(InputError, match=said):
        PatchMatch(**given)


@pytest.mark.parametrize("thick", [1, 2])
def test_a_hole_too_thin_for_the_coarsest_level(thick):
    """Nothing of it is left at half the size."""
    picture = PERIODIC["stripes"]
    hole = box(96, 96, (41, 41 + thick, 30, 70))
    (filling,) = PatchMatch("context-mean", coarsest=1)([picture], [hole])
    assert np.array_equal(filling.composite, picture) and filling.notes == ()
