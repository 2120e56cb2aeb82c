"""OpenCV's classic inpainting."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import FILLERS

from .base import Filler


class _OpenCV(Filler):
    flag = 0

    def __init__(self, radius: float = 3) -> None:
        if not 0 < radius <= 100:
            raise InputError(
                f"{type(self).__name__}: radius is a number of pixels in (0, 100], not "
                f"{radius}"
            )
        self.radius = radius

    def paint(self, pictures, holes, rngs):
        return [
            (self._fill(picture, hole), ()) for picture, hole in zip(pictures, holes)
        ]

    def _fill(self, picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
        # No further than these pixels it looks, and a large picture takes its time.
        margin = ceil(self.radius) + 2
        box = tuple(
            slice(max(found[0] - margin, 0), found[-1] + 1 + margin)
            for found in (np.flatnonzero(hole.any(axis)) for axis in (1, 0))
        )
        out = picture.copy()
        mask = hole[box].view(np.uint8)
        out[box] = cv2.inpaint(picture[box], mask, self.radius, self.flag)
        return out


@FILLERS.register_module()
class Telea(_OpenCV):
    """The fast marching method of Telea 2004.

    Args:
        radius: Radius of the known neighbourhood that a pixel is filled from, in
            pixels.

    Raises:
        InputError: A radius out of range.
    """

    name = "telea"
    flag = cv2.INPAINT_TELEA


@FILLERS.register_module()
class NavierStokes(_OpenCV):
    """The fluid dynamics of Bertalmio et al. 2001.

    Args:
        radius: Radius of the known neighbourhood that a pixel is filled from, in
            pixels.

    Raises:
        InputError: A radius out of range.
    """

    name = "navier-stokes"
    flag = cv2.INPAINT_NS
