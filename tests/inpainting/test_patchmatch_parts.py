"""The parts of PatchMatch: search, vote, levels and regions, against slow ones."""

import numpy as np
import pytest
from fillers_case import box, photo, smooth

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
