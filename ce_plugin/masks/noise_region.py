"""Blobs of thresholded noise: the random region of the released code."""

import numpy as np

from ce_plugin.errors import InputError

from .base import MaskGenerator
from .checks import check_number
from .noise_pattern import noise_pattern

_BLOCK = 32  # windows drawn at once; one of them is accepted 19 times in 20 at p = .1
_DRAWS = 20_000  # windows looked at before giving up


class NoiseRegion(MaskGenerator):
    """``RandomRegion(kind="noise")``: a window of a fixed pattern of noise blobs.

    Windows are drawn uniformly until the hole's area lies strictly between
    ``min_area`` and ``max_area``. At the default constants about 23% of the windows
    are accepted at 128 px (19 to 26% by pattern seed) and 24% at 64 px, with a mean
    area of 22.8% and 24.2%; at 224 px 12%, and hardly any above 400 px. A blob's size
    is a matter of the pattern, 1 / resolution = 16.7 px a noise cell, whatever the
    picture's size.

    Source: released code, train_random.lua, but for two things: the pattern is
    3000 px wide instead of 10000 (from noise of the same resolution), and every call
    draws a new window, where the released code uses one mask for the whole batch.

    The pattern takes 45 MB in each process at the default size (5 bytes a pixel). It
    is built on the first call and shared by all generators with equal constants.

    Args:
        pattern_size: Side of the pattern in pixels; no picture may be larger.
        pattern_seed: Seed of the pattern, 0 or more.
        resolution: Noise cells per pixel along an axis.
        threshold: Noise value in (0, 1) below which a pixel belongs to a blob.
        min_area: The hole is larger than this fraction of the picture.
        max_area: The hole is smaller than this fraction of the picture.

    Raises:
        InputError: A constant is out of its range; on the call: the picture is
            smaller than 8 px or larger than the pattern, or 20,000 windows in a row
            had another area (large windows are all alike: lower ``resolution``).
    """

    def __init__(
        self,
        pattern_size: int = 3000,
        pattern_seed: int = 0,
        resolution: float = 0.06,
        threshold: float = 0.25,
        min_area: float = 0.20,
        max_area: float = 0.30,
    ) -> None:
        name = "RandomRegion: {}".format
        check_number(
            name("pattern_size"), pattern_size, least=8, most=20_000, whole=True
        )
        check_number(name("pattern_seed"), pattern_seed, least=0, whole=True)
        check_number(name("resolution"), resolution, least=2 / pattern_size, most=1)
        check_number(name("threshold"), threshold, above=0, below=1)
        check_number(name("min_area"), min_area, least=0, below=1)
        check_number(name("max_area"), max_area, above=min_area, most=1)
        self.pattern_size = pattern_size
        self.pattern_seed = pattern_seed
        self.resolution = resolution
        self.threshold = threshold
        self.min_area = min_area
        self.max_area = max_area

    def __str__(self) -> str:
        return "RandomRegion(kind='noise')"

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=8)
        size = self.pattern_size
        if max(height, width) > size:
            raise InputError(
                f"{self} cannot fit a picture of {height}x{width} pixels: it is larger "
                "than the pattern; raise pattern_size or use smaller crops"
            )
        ones, sums = noise_pattern(
            size, self.resolution, self.threshold, self.pattern_seed
        )
        low, high = self.min_area * height * width, self.max_area * height * width
        for _ in range(0, _DRAWS, _BLOCK):
            top = rng.integers(0, size - height + 1, _BLOCK)
            left = rng.integers(0, size - width + 1, _BLOCK)
            bottom, right = top + height, left + width
            area = sums[bottom, right] - sums[top, right]
            area += sums[top, left] - sums[bottom, left]
            accepted = np.flatnonzero((low < area) & (area < high))
            if len(accepted):
                y, x = top[accepted[0]], left[accepted[0]]
                return ones[y : y + height, x : x + width].copy()
        raise InputError(
            f"{self} found no window of {height}x{width} pixels with a hole of the "
            f"wanted area among {_DRAWS:,}: lower resolution (larger blobs), or widen "
            "min_area and max_area"
        )
