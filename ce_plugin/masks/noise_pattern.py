"""The large binary noise pattern that the released code cuts its regions from."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class NoisePattern(NamedTuple):
    """A square pattern and its integral image, both read-only.

    Attributes:
        ones: bool (size, size).
        sums: int32 (size + 1, size + 1); ``sums[y, x]`` counts ``ones[:y, :x]``, which
            gives the area of any window in four look-ups.
    """

    ones: np.ndarray
    sums: np.ndarray


def cubic_taps(source: int, target: int) -> tuple[np.ndarray, np.ndarray]:
    """Catmull-Rom interpolation of ``source`` samples at ``target`` places.

    Corner aligned: place i lies at i * (source - 1) / (target - 1). Beyond its ends the
    signal goes on in a straight line. As Torch7's ``image.scale`` has it; neither
    torch's bicubic (a = -0.75) nor Pillow's (antialiased, pixel centres) gives the
    same pattern statistics.

    Args:
        source: Number of samples, 2 or more.
        target: Number of places, 2 or more.

    Returns:
        Indices (target, 4), int, into the samples with one extrapolated sample at
        either end (see :func:`extend`), and weights (target, 4), float32.
    """
    place = np.arange(target) * ((source - 1) / (target - 1))
    first = np.minimum(place.astype(int), source - 2)
    t = place - first
    weights = [
        -0.5 * t**3 + t**2 - 0.5 * t,
        1.5 * t**3 - 2.5 * t**2 + 1,
        -1.5 * t**3 + 2 * t**2 + 0.5 * t,
        0.5 * t**3 - 0.5 * t**2,
    ]
    return first[:, None] + np.arange(4), np.stack(weights, 1).astype(np.float32)


def extend(samples: np.ndarray) -> np.ndarray:
    """Add a linearly extrapolated row before the first and after the last one."""
    before = 2 * samples[:1] - samples[1:2]
    after = 2 * samples[-1:] - samples[-2:-1]
    return np.concatenate([before, samples, after])


def upscale_rows(samples: np.ndarray, target: int) -> np.ndarray:
    """Interpolate along the first axis, (source, n) -> (target, n), float32."""
    index, weight = cubic_taps(len(samples), target)
    samples = extend(samples)
    out = np.empty((target, samples.shape[1]), np.float32)
    # Blocks of rows stay in the cache. Four products a value and no matrix product: a
    # BLAS rounds differently with another number of threads, and a value near the
    # threshold would then differ between a data worker and the main process.
    for start in range(0, target, 64):
        rows = slice(start, start + 64)
        out[rows] = sum(
            weight[rows, k, None] * samples[index[rows, k]] for k in range(4)
        )
    return out


@lru_cache(maxsize=4)
def noise_pattern(
    size: int, resolution: float, threshold: float, seed: int
) -> NoisePattern:
    """Threshold smooth noise; built once a process for equal arguments.

    Uniform noise on a grid of (resolution * size)^2 cells is upscaled to (size, size)
    without clamping; a pixel is one where the value is below ``threshold``.
    Interpolation narrows the distribution, so fewer than ``threshold`` of the pixels
    are ones: 16.2 to 17.1% at .25, by seed. Source: released code, train_random.lua.

    Args:
        size: Side of the pattern in pixels.
        resolution: Noise cells per pixel along an axis; ``size * resolution``, rounded,
            must be 2 or more.
        threshold: Value below which a pixel is one.
        seed: Seed of the noise.

    Returns:
        The pattern. It takes 5 bytes a pixel: 45 MB at 3000 px, and 36 MB more while
        it is being built, for about a quarter of a second.
    """
    cells = round(size * resolution)
    noise = np.random.default_rng(seed).random((cells, cells), np.float32)
    smooth = upscale_rows(upscale_rows(noise.T, size).T, size)
    ones = smooth < threshold
    del smooth
    sums = np.zeros((size + 1, size + 1), np.int32)
    np.cumsum(ones, axis=0, dtype=np.int32, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    ones.flags.writeable = sums.flags.writeable = False
    return NoisePattern(ones, sums)
