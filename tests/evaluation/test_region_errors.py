"""The error figures of a region against pixel loops, and SSIM against skimage's."""

import math

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.region_errors import PSNR_CAP, region_errors


@pytest.mark.parametrize("sign", [1, -1])
def test_constant_error_of_a_tenth(hole, sign):
    target = np.full((3, 24, 20), 0.5)
    errors = region_errors(target + sign * 0.1, target, hole)
    assert errors["l1"] == pytest.approx(10)
    assert errors["l2"] == pytest.approx(1)
    assert errors["psnr"] == pytest.approx(20)
    # On flat pictures only the luminance term of SSIM is left.
    a, b, c1 = 0.5 + sign * 0.1, 0.5, 0.01**2
    assert errors["ssim"] == pytest.approx((2 * a * b + c1) / (a * a + b * b + c1))


def test_equal_pictures_are_capped(rng, hole):
    target = rng.random((3, 24, 20))
    errors = region_errors(target, target, hole)
    assert errors == pytest.approx(dict(l1=0, l2=0, psnr=PSNR_CAP, ssim=1))


def test_only_the_region_counts(rng, hole):
    target = rng.random((3, 24, 20))
    wrong_outside = np.where(hole, target, 1 - target)
    errors = region_errors(wrong_outside, target, hole)
    assert errors["l1"] == errors["l2"] == 0


def test_values_are_clipped(hole):
    ones = np.ones((3, 24, 20))
    assert region_errors(3 * ones, ones, hole)["l1"] == 0
    assert region_errors(-ones, ones, hole)["l1"] == pytest.approx(100)


def slow_errors(image, target, hole):
    """Pixel by pixel, SSIM window by window, with mirrored borders."""
    offsets = range(-5, 6)
    weight = {d: math.exp(-(d**2) / (2 * 1.5**2)) for d in offsets}
    total = sum(weight.values())
    height, width = hole.shape

    def mirrored(i, n):
        return -i - 1 if i < 0 else 2 * n - 1 - i if i >= n else i

    absolute, squares, similar = [], [], []
    for c in range(3):
        for y, x in np.argwhere(hole):
            difference = image[c, y, x] - target[c, y, x]
            absolute.append(abs(difference))
            squares.append(difference**2)
            sums = np.zeros(5)
            for dy in offsets:
                for dx in offsets:
                    place = c, mirrored(y + dy, height), mirrored(x + dx, width)
                    a, b = image[place], target[place]
                    w = weight[dy] * weight[dx] / total**2
                    sums += w * np.array([a, b, a * a, b * b, a * b])
            ma, mb, aa, bb, ab = sums
            c1, c2 = 0.01**2, 0.03**2
            top = (2 * ma * mb + c1) * (2 * (ab - ma * mb) + c2)
            bottom = (ma**2 + mb**2 + c1) * (aa - ma**2 + bb - mb**2 + c2)
            similar.append(top / bottom)
    mse = sum(squares) / len(squares)
    return dict(
        l1=100 * sum(absolute) / len(absolute),
        l2=100 * mse,
        psnr=10 * math.log10(1 / mse),
        ssim=sum(similar) / len(similar),
    )


def test_equals_the_slow_reference(rng):
    target, image = rng.random((2, 3, 16, 14))
    hole = rng.random((16, 14)) < 0.3
    expected = slow_errors(image, target, hole)
    assert region_errors(image, target, hole) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("height", [255, 256, 257, 262, 300, 520])
def test_strips_are_not_seen(height):
    """SSIM is computed in strips of 256 rows, and is that of the whole picture."""
    rng = np.random.default_rng(height)
    target = rng.random((3, height, 24))
    image = np.clip(target + rng.normal(0, 0.2, target.shape), 0, 1)
    _, whole = structural_similarity(
        image,
        target,
        channel_axis=0,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    for region in (np.ones((height, 24), bool), rng.random((height, 24)) < 0.1):
        found = region_errors(image, target, region)["ssim"]
        assert found == pytest.approx(whole[:, region].mean(), abs=1e-12)
    last = np.zeros((height, 24), bool)
    last[-1] = True
    found = region_errors(image, target, last)["ssim"]
    assert found == pytest.approx(whole[:, last].mean(), abs=1e-12)


def test_empty_hole_and_tiny_picture_are_named(hole):
    target = np.zeros((3, 24, 20))
    with pytest.raises(InputError, match="without a hole"):
        region_errors(target, target, np.zeros_like(hole))
    with pytest.raises(InputError, match="20 x 8 pixels"):
        region_errors(target[:, :8], target[:, :8], hole[:8])
