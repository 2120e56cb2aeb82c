"""A camera's note of how a picture is to be turned: applied once, then reset."""

from __future__ import annotations

import re

import numpy as np
from PIL import Image

TAG = 0x0112
_EXIF, _WIDTH, _HEIGHT = 0x8769, 0xA002, 0xA003


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W) or (H, W, C) turned as EXIF's orientation 1 to 8 asks.

    Example:
        >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
        [[3, 1], [4, 2]]
    """
    turned = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 3),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a),
    }.get(orientation)
    return np.ascontiguousarray(turned(pixels)) if turned else pixels


def reset_exif(exif: Image.Exif) -> bytes:
    """EXIF of the upright picture, without its thumbnail, which shows the old one."""
    if TAG in exif:
        if exif[TAG] in (5, 6, 7, 8):
            inner = exif.get_ifd(_EXIF)
            if _WIDTH in inner and _HEIGHT in inner:
                inner[_WIDTH], inner[_HEIGHT] = inner[_HEIGHT], inner[_WIDTH]
        exif[TAG] = 1
    return exif.tobytes()


def reset_xmp(xmp: bytes) -> bytes:
    """XMP of the upright picture."""
    xmp = re.sub(rb'(tiff:Orientation=")\d(")', rb"\g<1>1\2", xmp)
    return re.sub(rb"(<tiff:Orientation>)\d(</)", rb"\g<1>1\2", xmp)
