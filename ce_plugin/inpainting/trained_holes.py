"""Compares holes with those that a network has been trained on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ce_plugin.masks import MaskGenerator

DRAWS = 64


def depth(hole: np.ndarray) -> float:
    """Distance of a hole's innermost pixel to the nearest known one, in pixels.

    The border of the picture is no known pixel, so that a hole there is deeper than one
    in the middle.

    Example:
        >>> hole = np.zeros((9, 9), bool)
        >>> hole[2:7, 2:7] = True
        >>> depth(hole)
        3.0
    """
    far = cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float(far.max())


@dataclass(frozen=True)
class TrainedHoles:
    """Holes of a training, in pictures of the network's size.

    Attributes:
        size: Side of the network's pictures in pixels.
        fixed: (size, size) bool, the one hole that all its pictures had; None where
            every picture had its own.
        share: Mean area as a share of the picture.
        largest_share: Largest area among the draws.
        depth: Largest depth among the draws, as a share of the side.
    """

    size: int
    fixed: np.ndarray | None
    share: float
    largest_share: float
    depth: float

    @classmethod
    def measure(cls, masks: MaskGenerator, size: int) -> TrainedHoles:
        """Draws some holes.

        Args:
            masks: What cut the holes in training.
            size: Side of the pictures in pixels.
        """
        rng = np.random.default_rng(0)
        draws = [masks(size, size, rng) for _ in range(DRAWS)]
        same = all(np.array_equal(draw, draws[0]) for draw in draws)
        shares = [draw.mean() for draw in draws]
        return cls(
            size=size,
            fixed=draws[0] if same else None,
            share=float(np.mean(shares)),
            largest_share=float(max(shares)),
            depth=max(map(depth, draws)) / size,
        )

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Top, bottom, left and right of the box in which holes may be, in pixels."""
        if self.fixed is None:
            return 0, self.size, 0, self.size
        rows, columns = (np.flatnonzero(self.fixed.any(axis)) for axis in (1, 0))
        return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
