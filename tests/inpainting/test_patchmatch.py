"""PatchMatch completion, each part against a slow one, and the whole on pictures."""

import time
import tracemalloc

import numpy as np
import pytest
from fillers_case import box, smooth
from skimage import data

from ce_plugin.errors import InputError
from ce_plugin.inpainting import Filler
from ce_plugin.inpainting.fillers import ContextMeanFill, PatchMatch
from ce_plugin.inpainting.patchmatch import (
    Level,
    Matching,
    groups,
    patches_within,
    search,
    vote,
    windows,
    with_texture,
)

SIZE = 7


class Given(Filler):
    """Fills with what it was given."""

    def __init__(self, picture):
        self.picture = picture

    def paint(self, pictures, holes, rngs):
        return [(self.picture.copy(), ("as given",)) for _ in pictures]


def rgb(grey):
    return np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)


def psnr(filling, truth):
    far = filling.composite[filling.mask].astype(float) - truth[filling.mask]
    return 10 * np.log10(255**2 / max(np.mean(far**2), 1e-9))


def loop_patches_within(mask, size):
    height, width = mask.shape
    return np.array(
        [
            [mask[y : y + size, x : x + size].all() for x in range(width - size + 1)]
            for y in range(height - size + 1)
        ]
    )


def loop_distance(matching, target, source):
    (y, x), (v, u), size = target, source, matching.size
    difference = (
        matching.image[y : y + size, x : x + size].astype(float)
        - matching.image[v : v + size, u : u + size]
    )
    trust = matching.trust[y : y + size, x : x + size].astype(float)
    return ((difference**2).sum(axis=2) * trust).sum() / trust.sum()


def matching_of(picture, hole, size=SIZE, seed=0):
    trust = np.random.default_rng(seed).random(hole.shape, np.float32)
    return Matching(
        picture.astype(np.float32),
        trust,
        ~patches_within(~hole, size),
        patches_within(~hole, size),
        size,
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_patches_within(size):
    mask = np.random.default_rng(size).random((13, 11)) < 0.9
    assert np.array_equal(patches_within(mask, size), loop_patches_within(mask, size))


@pytest.mark.parametrize("size", [2, 7])
def test_distances_are_those_of_loops(size):
    picture, hole = smooth(30, 26), box(30, 26, (10, 18, 9, 17))
    matching = matching_of(picture, hole, size)
    field = matching.random_field(np.random.default_rng(0))
    slow = [loop_distance(matching, *each) for each in zip(matching.targets, field)]
    np.testing.assert_allclose(matching.distances(field), slow, rtol=1e-4, atol=1e-3)


def photo(name, height, width):
    picture = getattr(data, name)()[60 : 60 + height, 80 : 80 + width]
    return picture if picture.ndim == 3 else rgb(picture)


@pytest.mark.parametrize("name", ["coffee", "chelsea", "grass", "brick"])
def test_field_against_exact_search(name):
    picture, hole = photo(name, 60, 70), box(60, 70, (20, 38, 25, 45))
    matching = matching_of(picture, hole)
    exact = np.array(
        [
            matching.distances(np.broadcast_to(source, matching.targets.shape))
            for source in matching.sources
        ]
    ).min(axis=0)
    rng = np.random.default_rng(0)
    field = matching.random_field(rng)
    found = matching.distances(field)
    first = found.mean()
    shares, ratios = [], []
    for jump in (8, 4, 2, 1) * 6:
        before = found
        field, found = search(matching, field, found, rng, jump)
        assert (found <= before).all()
        shares.append(np.mean(found <= exact * 1.0001))
        ratios.append(found.mean() / exact.mean())
    np.testing.assert_allclose(found, matching.distances(field), rtol=1e-5)
    assert (found >= exact * (1 - 1e-5)).all()
    # From a random field: after 8 and after 24 rounds (of 4 + 7 candidates; there are
    # some 2000 sources), how many targets have the very best and how far the mean is.
    assert shares[7] > 0.5 and ratios[7] < 1.12 < 4 < first / exact.mean()
    assert shares[-1] > 0.7 and ratios[-1] < 1.06
    assert matching.is_source[field[:, 0], field[:, 1]].all()


def test_vote_is_that_of_loops():
    rng = np.random.default_rng(0)
    hole = box(16, 18, (0, 6, 5, 12), (10, 12, 3, 4))
    picture = rng.random((16, 18, 3), np.float32) * 255
    matching = matching_of(picture, hole, 3)
    field = matching.random_field(rng)
    weights = rng.random(len(field), np.float32) + 0.1
    total, weight = np.zeros((16, 18, 3)), np.zeros((16, 18, 1))
    for (y, x), (v, u), w in zip(matching.targets, field, weights):
        total[y : y + 3, x : x + 3] += w * picture[v : v + 3, u : u + 3].astype(float)
        weight[y : y + 3, x : x + 3] += w
    voted = vote(picture, hole, matching.targets, field, weights, 3)
    np.testing.assert_allclose(voted[hole], (total / weight.clip(1e-9))[hole], 1e-5)
    assert np.array_equal(voted[~hole], picture[~hole])


def test_half_size_has_nothing_of_the_hole_in_what_is_known():
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 4, (15, 13))  # known, filled before, hole, another hole
    image = np.choose(kinds, [10.0, 20.0, 200.0, 999.0]).astype(np.float32)
    image = np.repeat(image[..., None], 3, axis=2)
    half = Level(image, kinds == 2, kinds < 2, kinds == 0).half()
    assert half.image.shape == (8, 7, 3)
    assert (half.image[half.source] == 10).all() and half.source.any()
    seen = half.image[half.seen]
    assert seen.min() >= 10 and seen.max() <= 20
    assert (half.image[half.hole] == 200).all() and half.hole.any()
    assert not (half.hole & half.seen).any() and not (half.source & ~half.seen).any()


def test_texture_is_the_mean_slope():
    image = np.repeat(3 * np.arange(20, dtype=np.float32)[None, :, None], 20, 0)
    image = np.ascontiguousarray(np.repeat(image, 3, axis=2))
    hole = box(20, 20, (6, 12, 6, 12))
    image[hole] = 77
    level = with_texture(Level(image, hole, ~hole, ~hole), 5, 2.0)
    assert np.abs(level.image[..., 3]).max() < 1e-3  # nothing changes downwards
    np.testing.assert_allclose(level.image[..., 4], 6, rtol=1e-3)


def test_groups():
    hole = box(60, 200, (0, 3, 0, 3), (5, 8, 9, 12), (50, 55, 100, 190))
    hole[20, 30] = hole[21, 31] = True  # diagonal neighbours
    found = groups(hole, 32)
    assert [int(pixels.sum()) for _, pixels in found] == [20, 450]
    again = np.zeros_like(hole)
    for where, pixels in found:
        assert not again[where][pixels].any()
        again[where][pixels] = True
    assert np.array_equal(again, hole)


def test_windows():
    where = (slice(90, 100), slice(0, 10))
    found = list(windows(where, (100, 500), 64))
    assert found[0] == (slice(36, 100), slice(0, 64))
    assert found[-1] == (slice(0, 100), slice(0, 500))
    large = next(windows((slice(100, 150), slice(100, 300)), (900, 900), 64))
    assert large == (slice(75, 175), slice(68, 332))


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
