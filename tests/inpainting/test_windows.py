"""Windows around holes: every hole's pixel belongs to one, and looks as in training."""

import numpy as np
import pytest
from fillers_case import CASES, case, smooth

from ce_plugin.inpainting.trained_holes import TrainedHoles, depth
from ce_plugin.inpainting.windows import Window, cut, find_windows, paste
from ce_plugin.masks import CenterRegion, RandomBlock, RandomRegion

TRAINED = {
    "center": TrainedHoles.measure(CenterRegion(overlap=4), 128),
    "center, no overlap": TrainedHoles.measure(CenterRegion(), 64),
    "blocks": TrainedHoles.measure(RandomBlock(), 64),
    "region": TrainedHoles.measure(RandomRegion(pattern_size=400), 64),
}

SHALLOW = TrainedHoles(size=64, fixed=None, share=0.2, largest_share=0.9, depth=0.05)


def random_hole(rng, height, width):
    """Boxes, specks and lines."""
    hole = np.zeros((height, width), bool)
    for _ in range(rng.integers(1, 5)):
        h, w = rng.integers(1, height // 2), rng.integers(1, width // 2)
        y, x = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
        hole[y : y + h, x : x + w] = True
    hole |= rng.random(hole.shape) < 0.002
    hole[0, 0] = False
    return hole


def test_measured_holes():
    center = TRAINED["center"]
    assert center.fixed.sum() == 56 * 56 and center.box == (36, 92, 36, 92)
    assert center.depth == pytest.approx(28 / 128)
    blocks = TRAINED["blocks"]
    assert blocks.fixed is None and blocks.box == (0, 64, 0, 64)
    assert 0.2 <= blocks.share <= blocks.largest_share <= 0.25


def test_depth_counts_no_border():
    hole = np.zeros((20, 20), bool)
    hole[:6, 8:12] = True
    assert depth(hole) == 2
    hole[:, 8:12] = True
    hole[:3] = True
    assert depth(hole) > 2


@pytest.mark.parametrize("kind", TRAINED)
def test_every_pixel_is_filled_once_from_a_place_the_network_paints(kind):
    trained = TRAINED[kind]
    size = trained.size
    rng = np.random.default_rng(0)
    painted = (slice(0, size),) * 2
    if trained.fixed is not None:
        painted = (slice(size // 4, size - size // 4),) * 2
    for _ in range(40):
        height, width = rng.integers(10, 260, 2)
        hole = random_hole(rng, height, width)
        filled = np.zeros(hole.shape, int)
        for window in find_windows(hole, trained):
            canvas = np.zeros((height, width, 3), np.uint8)
            # A painted area in white; outside it the window is grey.
            prediction = np.full((size, size, 3), 100, np.uint8)
            prediction[painted] = 255
            paste(canvas, prediction, painted, hole, window)
            own = np.zeros_like(hole)
            (y, x), (h, w) = window.at, window.own.shape
            own[y : y + h, x : x + w] = window.own
            assert not (own & ~hole).any()
            assert (canvas[own] > 0).all()
            # No pixel of another window's part of the hole.
            assert not canvas[hole & ~own].any()
            filled += own
        assert np.array_equal(filled, hole.astype(int))


def test_a_center_window_puts_the_hole_where_it_was():
    picture, hole = smooth(128, 128), np.zeros((128, 128), bool)
    hole[36:92, 36:92] = True
    (window,) = find_windows(hole, TRAINED["center"])
    assert (window.top, window.left, window.side) == (0, 0, 128) and not window.notes
    pixels, mask = cut(picture, hole, window, 128)
    assert np.array_equal(mask, hole)
    assert np.array_equal(pixels[~hole], picture[~hole])


def test_a_small_hole_is_not_enlarged():
    hole = np.zeros((400, 500), bool)
    hole[200:210, 300:312] = True
    for kind in TRAINED:
        (window,) = find_windows(hole, TRAINED[kind])
        assert window.side == TRAINED[kind].size and not window.notes


def test_a_large_hole_gets_a_larger_window():
    hole = np.zeros((1200, 1300), bool)
    hole[300:600, 400:700] = True
    (window,) = find_windows(hole, TRAINED["center"])
    assert 300 * 128 / 56 <= window.side <= 300 * 128 / 56 + 5 and not window.notes
    (window,) = find_windows(hole, TRAINED["blocks"])
    trained = TRAINED["blocks"]
    assert 300**2 / window.side**2 <= trained.largest_share and not window.notes
    assert 150 / window.side <= trained.depth


@pytest.mark.parametrize(
    "kind, boxes, said",
    [
        ("center", [(0, 30, 40, 70)], "border"),
        ("center", [(10, 118, 10, 118)], "too large for the picture"),
        ("blocks", [(4, 124, 4, 124)], "% of what the network sees"),
        ("shallow", [(20, 110, 20, 110)], "35% deep"),
    ],
)
def test_holes_unlike_those_of_the_training_are_told(kind, boxes, said):
    hole = np.zeros((128, 128), bool)
    for top, bottom, left, right in boxes:
        hole[top:bottom, left:right] = True
    windows = find_windows(hole, TRAINED.get(kind, SHALLOW))
    notes = [note for w in windows for note in w.notes]
    assert any(said in note for note in notes)


@pytest.mark.parametrize("which", CASES)
@pytest.mark.parametrize("kind", TRAINED)
def test_known_pixels_of_a_cut_do_not_know_the_hole(kind, which):
    picture, hole = case(which)
    other = picture.copy()
    other[hole] = 255 - other[hole]
    trained = TRAINED[kind]
    for window in find_windows(hole, trained):
        first, mask = cut(picture, hole, window, trained.size)
        second, _ = cut(other, hole, window, trained.size)
        assert np.array_equal(first[~mask], second[~mask])


def test_a_cut_is_the_mean_of_known_pixels():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    hole = np.zeros((8, 8), bool)
    hole[0, 0] = True
    window = Window(0, 0, 8, hole[:1, :1], (0, 0), ())
    pixels, mask = cut(picture, hole, window, 4)
    assert mask[0, 0] and mask.sum() == 1
    cells = picture.reshape(4, 2, 4, 2, 3).astype(float)
    expected = cells.mean(axis=(1, 3))
    assert np.abs(pixels[~mask] - expected[~mask]).max() <= 0.5 + 1e-3


def test_beyond_the_picture_it_is_mirrored():
    picture, hole = smooth(20, 30), np.zeros((20, 30), bool)
    hole[0:3, 0:3] = True
    window = Window(-10, -10, 40, hole[:3, :3], (0, 0), ())
    pixels, mask = cut(picture, hole, window, 40)
    padded = np.pad(picture, ((10, 10), (10, 0), (0, 0)), mode="symmetric")
    known = np.pad(hole, ((10, 10), (10, 0)), mode="symmetric")
    assert np.array_equal(mask, known[:40, :40])
    assert np.array_equal(pixels, padded[:40, :40])
