"""A camera's note of how a picture is to be turned, once that has been done."""

from __future__ import annotations

import re

from PIL import Image

TAG = 0x0112
_EXIF, _WIDTH, _HEIGHT = 0x8769, 0xA002, 0xA003


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
