"""The four error figures of inpainting, on one picture and one region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from skimage.metrics import structural_similarity

from ce_plugin.errors import InputError

FIGURES = ("l1", "l2", "psnr", "ssim")
PSNR_CAP = 100.0
"""dB; what equal pictures get, so that a mean over pictures stays finite."""

_STRIP = 256  # rows
_SSIM_WINDOW = 11  # pixels: radius int(3.5 sigma + .5) = 5 to either side


def region_errors(
    image: np.ndarray, target: np.ndarray, region: np.ndarray
) -> dict[str, float]:
    """L1, L2, PSNR and SSIM of one picture over the pixels of a region.

    Both pictures are clipped to [0, 1] first (no change for a tanh or sigmoid output).
    SSIM is the mean of the map over the region and the three colours; the map has the
    window of Wang et al. 2004 (Gaussian, sigma 1.5, 11 x 11 pixels, K1 .01, K2 .03,
    mirrored at the border) and is computed on the whole picture, so near the border of
    the region a window also sees pixels outside it.

    Args:
        image: (3, H, W) float in [0, 1], what is judged.
        target: (3, H, W) float in [0, 1], the truth.
        region: (H, W) bool, the pixels that count.

    Returns:
        ``l1``, mean absolute error in percent of the range; ``l2``, mean squared error
        x 100; ``psnr`` in dB with peak 1, at most ``PSNR_CAP``; ``ssim`` in [-1, 1].

    Raises:
        InputError: The region is empty, or the picture is smaller than the window.

    Source: units of the paper's Table 1, which are those of the range [0, 1].

    Example:
        >>> target = np.full((3, 16, 16), 0.5)
        >>> errors = region_errors(target + 0.1, target, np.ones((16, 16), bool))
        >>> [round(errors[name], 4) for name in ("l1", "l2", "psnr")]
        [10.0, 1.0, 20.0]
    """
    check_region(target.shape[1:], empty=not region.any())
    absolute = squared = similar = 0.0
    for found, truth, inside in _strips(image, target, region):
        difference = (found - truth)[:, inside]
        absolute += float(np.abs(difference).sum())
        squared += float((difference**2).sum())
        _, ssim_map = structural_similarity(
            found,
            truth,
            channel_axis=0,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            full=True,
        )
        similar += float(ssim_map[:, inside].sum())
    values = 3 * int(region.sum())
    mse = squared / values
    return {
        "l1": 100 * absolute / values,
        "l2": 100 * mse,
        "psnr": -10 * float(np.log10(max(mse, 10 ** (-PSNR_CAP / 10)))),
        "ssim": similar / values,
    }


def check_region(size: Sequence[int], *, empty: bool) -> None:
    """Raises where there is nothing to judge.

    Args:
        size: Height and width of the picture.
        empty: No pixel counts.

    Raises:
        InputError: The region is empty, or the picture is smaller than SSIM's window.

    Example:
        >>> check_region((16, 16), empty=False)
    """
    if empty:
        raise InputError(
            "cannot judge an inpainting without a hole: the mask of a held-out picture "
            "is empty; give the held-out dataset a mask generator that cuts one"
        )
    if min(size) < _SSIM_WINDOW:
        raise InputError(
            f"cannot compute SSIM on {size[1]} x {size[0]} pixels: it "
            f"needs at least {_SSIM_WINDOW} to a side; use larger held-out crops"
        )


def _strips(
    image: np.ndarray, target: np.ndarray, region: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Strips of the pictures, clipped, and of the region; the rest is not in it.

    The map of SSIM takes 30 times the memory of its picture. What its window mirrors at
    the edge of a strip stays outside the strip's region.
    """
    height = len(region)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        if not region[top:bottom].any():
            continue
        last = min(bottom + _SSIM_WINDOW, height)
        first = max(min(top, last - _SSIM_WINDOW) - _SSIM_WINDOW, 0)
        inside = np.zeros_like(region[first:last])
        inside[top - first : bottom - first] = region[top:bottom]
        strip = np.s_[:, first:last]
        found, truth = (
            np.clip(picture[strip], 0, 1, dtype=np.float64)
            for picture in (image, target)
        )
        yield found, truth, inside
