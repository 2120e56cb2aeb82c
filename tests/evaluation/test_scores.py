"""Scores of one picture by hand, the fills beside them, and their summary."""

import json
import math

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.region_errors import PSNR_CAP, region_errors
from ce_plugin.evaluation.scoring.scores import (
    DECILES,
    REGIONS,
    baseline_scores,
    bounding_square,
    decile,
    score_picture,
    summarize,
)


@pytest.fixture
def hole():
    """16 x 8 = 128 of 40 x 50 pixels, in a square [12, 28) x [20, 36)."""
    mask = np.zeros((40, 50), bool)
    mask[12:28, 24:32] = True
    return mask


def flat(value, shape=(40, 50)):
    return np.full((*shape, 3), value, np.uint8)


def test_a_flat_error_by_hand(hole):
    truth = flat(100)
    picture = truth.copy()
    picture[hole] = 151  # 51 of 255: a fifth
    scores = score_picture(picture, truth, hole)
    assert scores["area"] == pytest.approx(128 / 2000)
    assert scores["changed"] == 0
    share = dict(hole=1, prediction=128 / 256, composite=128 / 2000)
    for region in REGIONS:
        found = scores[region]
        assert found["l1"] == pytest.approx(20 * share[region])
        assert found["l2"] == pytest.approx(4 * share[region])
        psnr = 10 * math.log10(1 / (0.04 * share[region]))
        assert found["psnr"] == pytest.approx(psnr)


def test_the_truth_itself_is_capped(rng, hole):
    truth = rng.integers(0, 256, (40, 50, 3), np.uint8)
    scores = score_picture(truth, truth, hole)
    for region in REGIONS:
        expected = dict(l1=0, l2=0, psnr=PSNR_CAP, ssim=1)
        assert scores[region] == pytest.approx(expected)
    assert scores["changed"] == 0


def test_changed_known_pixels_are_told_and_not_scored(rng, hole):
    truth = rng.integers(0, 256, (40, 50, 3), np.uint8)
    honest = truth.copy()
    honest[hole] = 90
    careless = honest.copy()
    careless[:4, :, 1] ^= 1  # 200 pixels, in one channel
    one, other = (score_picture(p, truth, hole) for p in (honest, careless))
    assert other["changed"] == pytest.approx(200 / (2000 - 128))
    assert one["hole"] == other["hole"]
    assert one["composite"] == other["composite"]
    # What counts as painted in the square counts there.
    careless[12:28, 20:24] = 0
    worse = score_picture(careless, truth, hole)
    assert worse["hole"] == one["hole"]
    assert worse["prediction"]["l1"] > one["prediction"]["l1"]
    assert score_picture(careless, truth, hole, lossless=False)["changed"] is None


def test_a_models_prediction_and_window(rng, hole):
    truth = rng.integers(0, 256, (40, 50, 3), np.uint8)
    prediction = rng.integers(0, 256, (40, 50, 3), np.uint8)
    picture = np.where(hole[..., None], prediction, truth)
    window = (8, 16, 32, 40)
    scores = score_picture(picture, truth, hole, prediction=prediction, window=window)
    painted = prediction[8:32, 16:40], truth[8:32, 16:40]
    planes = [p.transpose(2, 0, 1) / 255 for p in painted]
    expected = region_errors(*planes, np.ones((24, 24), bool))
    assert scores["prediction"] == pytest.approx(expected)
    assert scores["changed"] == 0


@pytest.mark.parametrize("place", [(0, 0), (37, 45), (14, 20)])
def test_the_hole_is_scored_as_on_the_whole_picture(rng, place):
    """The speed-up of looking near the hole only changes nothing."""
    truth = rng.integers(0, 256, (80, 90, 3), np.uint8)
    picture = rng.integers(0, 256, (80, 90, 3), np.uint8)
    hole = np.zeros((80, 90), bool)
    y, x = place
    hole[y : y + 9, x : x + 14] = rng.random((9, 14)) < 0.5
    composite = np.where(hole[..., None], picture, truth)
    planes = [p.transpose(2, 0, 1) / 255 for p in (composite, truth)]
    expected = region_errors(*planes, hole)
    found = score_picture(picture, truth, hole)["hole"]
    assert found == pytest.approx(expected, rel=1e-9)


def test_one_pixel_in_a_corner_can_be_scored(rng):
    truth = rng.integers(0, 256, (30, 30, 3), np.uint8)
    hole = np.zeros((30, 30), bool)
    hole[29, 29] = True
    picture = truth ^ 255
    scores = score_picture(picture, truth, hole)
    error = abs(truth[29, 29].astype(int) - picture[29, 29]).mean()
    assert scores["hole"]["l1"] == pytest.approx(100 * error / 255)


def test_lpips_where_a_window_is_large_enough(rng):
    truth = rng.integers(0, 256, (64, 80, 3), np.uint8)
    picture = truth ^ 1
    hole = np.zeros((64, 80), bool)
    hole[10:50, 20:50] = True
    asked = []

    def lpips(image, target):
        asked.append((image.copy(), target.copy()))
        return 0.25

    scores = score_picture(picture, truth, hole, lpips=lpips)
    assert "lpips" not in scores["hole"]
    assert scores["prediction"]["lpips"] == scores["composite"]["lpips"] == 0.25
    (square, square_truth), (whole, whole_truth) = asked
    np.testing.assert_array_equal(square, picture[10:50, 15:55])
    np.testing.assert_array_equal(square_truth, truth[10:50, 15:55])
    np.testing.assert_array_equal(whole, np.where(hole[..., None], picture, truth))
    np.testing.assert_array_equal(whole_truth, truth)

    hole[:] = False
    hole[5:36, 5:20] = True  # 31 px
    scores = score_picture(picture, truth, hole, lpips=lpips)
    assert "lpips" not in scores["prediction"]
    assert "lpips" in scores["composite"]


def test_baselines_beside(hole):
    gradient = np.linspace(0, 255, 50).astype(np.uint8)
    truth = np.repeat(np.repeat(gradient[None, :, None], 40, 0), 3, 2)
    scores = baseline_scores(truth, hole)
    assert list(scores) == ["constant", "context-mean", "telea", "navier-stokes"]
    assert all(found["changed"] == 0 for found in scores.values())
    known, lost = (truth[where].astype(float) for where in (~hole, hole))
    for name, colour in dict(
        constant=128, **{"context-mean": round(known.mean())}
    ).items():
        error = 100 / 255 * abs(lost - colour).mean()
        assert scores[name]["hole"]["l1"] == pytest.approx(error)
    # Both carry a ramp on into the hole.
    for name in ("telea", "navier-stokes"):
        assert scores[name]["hole"]["l1"] < scores["constant"]["hole"]["l1"] / 2


def test_baselines_do_not_see_the_hole(rng, hole):
    truth = rng.integers(0, 256, (40, 50, 3), np.uint8)
    other = truth.copy()
    other[hole] = 255 - other[hole]
    # A fill that is the same for both has errors that add up, pixel by pixel,
    # to no less than the distance between the two.
    one, two = baseline_scores(truth, hole), baseline_scores(other, hole)
    apart = 100 / 255 * abs(truth[hole].astype(int) - other[hole]).mean()
    for name in one:
        assert one[name]["hole"]["l1"] + two[name]["hole"]["l1"] >= apart - 1e-6


@pytest.mark.parametrize(
    ("rows", "columns", "box"),
    [
        ((20, 24), (30, 50), (12, 30, 32, 50)),
        ((0, 3), (57, 60), (0, 49, 11, 60)),
        ((5, 6), (5, 6), (0, 0, 11, 11)),
        ((39, 40), (0, 60), (0, 0, 40, 60)),
        ((10, 21), (10, 20), (10, 10, 21, 21)),
    ],
)
def test_bounding_square(rows, columns, box):
    hole = np.zeros((40, 60), bool)
    hole[slice(*rows), slice(*columns)] = True
    assert bounding_square(hole) == box


def test_bounding_square_holds_every_hole_and_is_one(rng):
    for _ in range(300):
        hole = np.zeros((40, 60), bool)
        for _ in range(2):
            y, x = rng.integers(0, 36), rng.integers(0, 50)
            hole[y : y + rng.integers(1, 5), x : x + rng.integers(1, 10)] = True
        top, left, bottom, right = bounding_square(hole)
        assert hole[top:bottom, left:right].sum() == hole.sum()
        assert 0 <= top < bottom <= 40
        assert 0 <= left < right <= 60
        rows, columns = np.nonzero(hole)
        side = max(11, np.ptp(rows) + 1, np.ptp(columns) + 1)
        assert (bottom - top, right - left) == (min(side, 40), side)


def test_deciles_of_all_counts():
    for size in (100, 128 * 128, 77 * 30):
        for count in {*range(1, size, 97), size // 2, size // 10, 3 * size // 10}:
            expected = DECILES[min(10 * count // size, 9)]
            assert decile(count / size) == expected, (count, size)
    assert [decile(k / 10) for k in range(10)] == list(DECILES)
    assert decile(1.0) == "90-100 %"


def score(area, l1, **figures):
    return dict(
        area=area,
        changed=area / 10,
        hole=dict(l1=l1, psnr=20.0),
        prediction=dict(l1=l1 / 2, psnr=23.0, **figures),
        composite=dict(l1=l1 / 4, psnr=26.0),
    )


def test_summary_by_hand():
    scores = [
        score(0.25, 8.0, lpips=0.2),
        score(0.05, 2.0),
        score(0.21, 6.0, lpips=0.4),
        score(0.95, 40.0, lpips=0.5),
    ]
    summary = summarize(scores)
    assert json.loads(json.dumps(summary)) == summary
    assert summary["total"]["pictures"] == 4
    assert summary["total"]["hole"] == dict(l1=14.0, psnr=20.0)
    assert summary["total"]["area"] == pytest.approx(0.365)
    assert summary["total"]["changed"] == pytest.approx(0.0365)
    # One picture has no LPIPS there: no mean over the others in its place.
    assert "lpips" not in summary["total"]["prediction"]
    assert list(summary["deciles"]) == ["0-10 %", "20-30 %", "90-100 %"]
    middle = summary["deciles"]["20-30 %"]
    assert middle["pictures"] == 2
    assert middle["hole"]["l1"] == 7.0
    assert middle["composite"]["l1"] == 1.75
    assert middle["prediction"]["lpips"] == pytest.approx(0.3)
    assert summary["deciles"]["90-100 %"]["hole"]["l1"] == 40.0


def test_summary_of_lossy_pictures_and_of_none():
    lossy = score(0.5, 1.0) | dict(changed=None)
    assert summarize([lossy, score(0.5, 1.0)])["total"]["changed"] is None
    with pytest.raises(InputError, match="no picture was scored"):
        summarize([])


def test_wrong_input_is_named(hole):
    truth = flat(9)
    with pytest.raises(InputError, match="50 x 40 pixels and the picture 20 x 30"):
        score_picture(flat(9, (30, 20)), truth, hole)
    with pytest.raises(InputError, match="uint8 RGB"):
        score_picture(truth / 255, truth, hole)
    with pytest.raises(InputError, match="mask is empty"):
        score_picture(truth, truth, hole & False)
    with pytest.raises(InputError, match="whole picture"):
        score_picture(truth, truth, hole | True)
    with pytest.raises(InputError, match="at least 11"):
        score_picture(truth[:9, 20:30], truth[:9, 20:30], hole[8:17, 20:30])
