"""A window of a picture, and the same at half the size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage


@dataclass
class Level:
    """A window at one scale.

    Attributes:
        image: (H, W, C) float32, the three colours in 0..255 first.
        hole: (H, W) bool, what is to be filled here.
        seen: (H, W) bool, pixels that show something: known ones and those that were
            filled before. What is neither seen nor hole is another hole, still empty.
        source: (H, W) bool, known pixels, from which may be copied.
    """

    image: np.ndarray
    hole: np.ndarray
    seen: np.ndarray
    source: np.ndarray

    def half(self) -> Level:
        """The window at half the size.

        A pixel is the mean of those of its four that are seen; it is seen if at least
        two are. One that is not seen and has hole in it is hole, with the mean of that.
        Known are those seen ones in which nothing was filled.
        """
        seen, hole = _blocks(self.seen), _blocks(self.hole)
        is_seen = seen >= 0.5
        parts = np.where(is_seen, seen, hole)
        image = np.where(
            is_seen[..., None],
            _blocks(self.image * self.seen[..., None]),
            _blocks(self.image * self.hole[..., None]),
        )
        image /= np.maximum(parts, 0.25)[..., None]
        filled = _blocks(self.seen & ~self.source) > 0
        return Level(image, ~is_seen & (hole > 0), is_seen, is_seen & ~filled)


def _blocks(array: np.ndarray) -> np.ndarray:
    """Mean over blocks of 2 x 2, with zeros where the last ones stick out."""
    height, width = array.shape[:2]
    beyond = [(0, height % 2), (0, width % 2)] + [(0, 0)] * (array.ndim - 2)
    array = np.pad(array, beyond).astype(np.float32, copy=False)
    total = array[::2, ::2] + array[1::2, ::2]
    total += array[::2, 1::2]
    total += array[1::2, 1::2]
    total *= 0.25
    return total


def with_texture(level: Level, size: int, weight: float) -> Level:
    """Adds two channels that measure the texture around each pixel.

    By colour alone a smooth patch is near to everything that is grainy, and a grainy
    texture is completed with smooth blobs. The mean slope around a pixel, down and to
    the right, is alike all over a texture.

    Args:
        level: A window.
        size: Side in pixels of the square over which is averaged.
        weight: What the channels count relative to a colour.

    Returns:
        The window with five channels; in the hole, of which nothing is known, the new
        ones are their mean elsewhere.

    Source: Newson et al. 2014, Video Inpainting of Complex Scenes, section 3.2.
    """
    grey = level.image[..., :3].mean(axis=2)
    channels = [level.image]
    for axis in (0, 1):
        slope = np.zeros_like(grey)
        known = np.zeros_like(level.source)
        first = (slice(None),) * axis + (slice(None, -1),)
        second = (slice(None),) * axis + (slice(1, None),)
        known[first] = level.source[first] & level.source[second]
        slope[first] = np.abs(grey[second] - grey[first]) * known[first]
        mean = slope.sum() / max(known.sum(), 1)
        share = ndimage.uniform_filter(known.astype(np.float32), size, mode="constant")
        around = ndimage.uniform_filter(slope, size, mode="constant")
        # Half a pixel's share: below that is only what the filter's rounding left.
        tellable = (share > 0.5 / size**2) & level.seen
        channel = np.where(tellable, around / np.maximum(share, 0.5 / size**2), mean)
        channels.append((weight * channel[..., None]).astype(np.float32))
    image = np.concatenate(channels, axis=2)
    return Level(image, level.hole, level.seen, level.source)
