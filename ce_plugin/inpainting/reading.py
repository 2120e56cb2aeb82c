"""Reads pictures and masks from files or arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image

from ce_plugin.errors import InputError
from ce_plugin.masks import MaskGenerator
from ce_plugin.masks.build import build_generator

from .mask_pictures import mask_of_file, masks_of_source
from .picture_file import PictureFile, of_arrays, read_picture_file

Picture: TypeAlias = str | os.PathLike | np.ndarray | Image.Image
Boxes: TypeAlias = Sequence[Sequence[int]]
Mask: TypeAlias = Picture | Boxes | MaskGenerator | dict


def read_picture(source: Picture) -> np.ndarray:
    """A picture as one sees it, and as a filler does: (H, W, 3) uint8 RGB.

    Args:
        source: See :func:`open_picture`; of an animation the first frame counts.

    Raises:
        InputError: It cannot be read, or is no such array.
    """
    return open_picture(source).as_rgb()[0]


def open_picture(source: Picture, bit_depth: int | None = None) -> PictureFile:
    """A picture with all that its file says about it.

    Args:
        source: A path, a PIL picture or an array (H, W), (H, W, 1 to 4) of uint8,
            uint16 or floats in [0, 1].
        bit_depth: See :func:`~.picture_file.read_picture_file`.

    Raises:
        InputError: It cannot be read, or is no such array.
    """
    if isinstance(source, str | os.PathLike):
        return read_picture_file(source, bit_depth)
    if not isinstance(source, Image.Image | np.ndarray):
        raise InputError(
            f"a picture is a path, an array or a PIL picture, not {type(source)}"
        )
    if isinstance(source, np.ndarray):
        floats = np.issubdtype(source.dtype, np.floating)
        if floats and not ((source >= 0) & (source <= 1)).all():
            raise InputError("a picture of floats has its values in [0, 1]")
    picture = of_arrays(source)
    if bit_depth is not None:
        picture = picture.with_bit_depth(bit_depth)
    picture.check_values()
    return picture


def read_mask(
    source: Mask, height: int, width: int, rng: np.random.Generator | None = None
) -> np.ndarray:
    """The hole of a picture as (H, W) bool, True = hole.

    Args:
        source: A file, PIL picture or array in which white is the hole: values from 128
            on, or all but 0 where there are none above 1; a list of boxes (left, top,
            right, bottom) in pixels, right and bottom outside; a mask generator or the
            config of a registered one.
        height: Height of the picture.
        width: Width of the picture.
        rng: For a generator; seeded with 0 by default.

    Raises:
        InputError: It cannot be read, has another size, or a box has no pixel in the
            picture.
    """
    if isinstance(source, dict):
        source = build_generator(source)
    if isinstance(source, MaskGenerator):
        return source(height, width, rng or np.random.default_rng(0))
    if isinstance(source, str | os.PathLike):
        hole = mask_of_file(source)
    elif isinstance(source, Image.Image | np.ndarray):
        (hole, *_) = masks_of_source(source)
    else:
        return _mask_of_boxes(source, height, width)
    if hole.shape != (height, width):
        name = f" {source}" if isinstance(source, str | os.PathLike) else ""
        raise InputError(
            f"the mask{name} has {hole.shape[1]} x {hole.shape[0]} pixels and the "
            f"picture {width} x {height}; give a mask of the picture's size"
        )
    return hole


def _mask_of_boxes(boxes: Boxes, height: int, width: int) -> np.ndarray:
    hole = np.zeros((height, width), bool)
    for box in boxes:
        try:
            left, top, right, bottom = (int(value) for value in box)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"a box is left, top, right, bottom in pixels, not {box!r}"
            ) from error
        if left >= right or top >= bottom:
            raise InputError(
                f"the box {left},{top},{right},{bottom} is empty: a box is left, top, "
                "right, bottom in pixels, with left < right and top < bottom"
            )
        inside = hole[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if not inside.size:
            raise InputError(
                f"the box {left},{top},{right},{bottom} (left, top, right, bottom) has "
                f"no pixel in a picture of {width} x {height}; choose one inside it"
            )
        inside[...] = True
    return hole
