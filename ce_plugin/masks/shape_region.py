"""Deformed silhouettes of objects: the random region of the paper."""

from collections.abc import Sequence
from math import ceil, cos, floor, radians, sin, sqrt
from os import PathLike

import cv2
import numpy as np

from ce_plugin.errors import InputError

from .checks import check_interval, check_number
from .object_shapes import FolderShapes, load_shapes

_ROUNDS = 50  # times `tries` that an empty hole is tried again before giving up
_FLAGS = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP


class ShapeRegion(FolderShapes):
    """``RandomRegion(kind="shapes")``: deformed objects pasted at random places.

    The paper (section 3.3, "random region") takes arbitrary shapes from the
    segmentation masks of PASCAL VOC 2012, deforms them and pastes them anywhere, up to
    a quarter of the picture. It gives no constants and its code was never released;
    the constants are choices of this package.

    A mask file is drawn, then one of its labels. The region's longer side is scaled to
    a share of the picture's shorter side; the region is flipped, stretched, sheared
    and rotated at random and centred on a random point, so that part of it may be cut
    off. It is added unless the hole's area would exceed ``max_area``; drawing ends
    once ``stop_area`` is reached, or after ``tries`` shapes. While the hole is still
    empty it goes on.

    The shapes are read on the first call, once a process (1 to 3 s for 500 masks of
    PASCAL VOC), and stay in memory, at most 128 px a side.

    Args:
        folder: Folder with label maps as palette or grey PNG, at any depth, such as
            SegmentationObject or SegmentationClass of PASCAL VOC.
        ignore: Labels that are no objects: background and void.
        max_masks: Number of mask files to read at most, chosen at random.
        shapes_seed: Seed of that choice, 0 or more.
        scale: Range of the region's longer side, as a fraction of the picture's
            shorter side, before stretching.
        rotation: Range of the rotation in degrees.
        anisotropy: Range of the ratio by which width is stretched against height.
        shear: Range of the horizontal shear (shift per unit of height).
        flip: Probability of a mirrored region.
        max_area: Largest area of the hole as a fraction of the picture.
        stop_area: Area at which no further shape is added.
        tries: Number of shapes drawn at most.

    Raises:
        InputError: A constant is out of its range, the folder is missing or has no PNG
            (at once); no usable region in it, a picture side below 8 px, or no shape
            that fits (on the call).
    """

    def __init__(
        self,
        folder: str | PathLike,
        ignore: Sequence[int] = (0, 255),
        max_masks: int = 500,
        shapes_seed: int = 0,
        scale: tuple[float, float] = (0.2, 0.6),
        rotation: tuple[float, float] = (-45, 45),
        anisotropy: tuple[float, float] = (0.7, 1.4),
        shear: tuple[float, float] = (-0.2, 0.2),
        flip: float = 0.5,
        max_area: float = 0.25,
        stop_area: float = 0.20,
        tries: int = 20,
    ) -> None:
        name = "RandomRegion: {}".format
        self.set_folder(folder, ignore, max_masks, shapes_seed, "RandomRegion")
        check_number(name("flip"), flip, least=0, most=1)
        check_number(name("max_area"), max_area, above=0, below=1)
        check_number(name("stop_area"), stop_area, above=0, most=max_area)
        check_number(name("tries"), tries, least=1, whole=True)
        self.scale = check_interval(name("scale"), scale, least=0.01, most=2)
        self.rotation = check_interval(name("rotation"), rotation)
        self.anisotropy = check_interval(
            name("anisotropy"), anisotropy, least=0.1, most=10
        )
        self.shear = check_interval(name("shear"), shear)
        self.flip = flip
        self.max_area = max_area
        self.stop_area = stop_area
        self.tries = tries

    def __str__(self) -> str:
        return f"RandomRegion(kind='shapes', folder={self.folder!r})"

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=8)
        groups = load_shapes(self.folder, self.ignore, self.max_masks, self.shapes_seed)
        mask = np.zeros((height, width), bool)
        most, stop = self.max_area * mask.size, self.stop_area * mask.size
        area = 0
        for _ in range(_ROUNDS):
            for pick_file, pick_label, *numbers in rng.random((self.tries, 9)).tolist():
                group = groups[int(pick_file * len(groups))]
                shape = group[int(pick_label * len(group))]
                warp, (top, bottom, left, right) = self._place(
                    shape.shape, height, width, numbers
                )
                if top >= bottom or left >= right:
                    continue
                pasted = cv2.warpAffine(
                    shape, warp, (right - left, bottom - top), flags=_FLAGS
                )
                box = mask[top:bottom, left:right]
                joined = box | pasted.view(bool)
                grown = area + np.count_nonzero(joined) - np.count_nonzero(box)
                if grown <= most:
                    box[...] = joined
                    area = grown
                    if area >= stop:
                        return mask
            if area:
                return mask
        raise InputError(
            f"{self} found no shape that fits a picture of {height}x{width} pixels: "
            "lower scale or raise max_area"
        )

    def _place(
        self, shape: tuple[int, int], height: int, width: int, numbers: list[float]
    ) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """Turn seven numbers in [0, 1) into a deformation and a place.

        Returns:
            The matrix (2, 3) from a pixel (x, y) of the box to one of the shape, and
            the box (top, bottom, left, right) of the picture that the deformed shape's
            bounding box covers; empty if it lies outside.
        """
        scale, angle, ratio, shear = (
            low + u * (high - low)
            for u, (low, high) in zip(
                numbers, (self.scale, self.rotation, self.anisotropy, self.shear)
            )
        )
        flip, u_x, u_y = numbers[4:7]
        rows, columns = shape
        scale *= min(height, width) / max(shape)
        scale_x = scale * sqrt(ratio) * (-1 if flip < self.flip else 1)
        scale_y = scale / sqrt(ratio)
        c, s = cos(radians(angle)), sin(radians(angle))
        # rotation @ shear @ stretch, from shape to picture, both about their centres
        a, b = c * scale_x, (c * shear - s) * scale_y
        d, e = s * scale_x, (s * shear + c) * scale_y
        half_x = (abs(a) * columns + abs(b) * rows) / 2
        half_y = (abs(d) * columns + abs(e) * rows) / 2
        x, y = u_x * width - 0.5, u_y * height - 0.5
        left, right = max(0, ceil(x - half_x)), min(width, floor(x + half_x) + 1)
        top, bottom = max(0, ceil(y - half_y)), min(height, floor(y + half_y) + 1)
        scale_xy = scale_x * scale_y
        a, b, d, e = e / scale_xy, -b / scale_xy, -d / scale_xy, a / scale_xy
        warp = [
            [a, b, a * (left - x) + b * (top - y) + (columns - 1) / 2],
            [d, e, d * (left - x) + e * (top - y) + (rows - 1) / 2],
        ]
        return np.array(warp), (top, bottom, left, right)
