"""JPEGs by simplejpeg, which does nothing but that.

It binds libjpeg-turbo like the two others, so that pixels are equal (held by a test at
full and at reduced size), without what they do around it. Which broken files count as
readable may differ.
"""

from __future__ import annotations

import numpy as np
import torch

from ce_plugin.optional import require

from .values import BadPicture

_TURNED = (b"Exif\0\0", b"tiff:Orientation")
_PLAIN = ("YCbCr", "Gray", "RGB")


def decode_plain_jpeg(data: bytes, min_side: int | None) -> torch.Tensor | None:
    """A JPEG in grey or colour that says nothing of an orientation.

    Args:
        data: The file.
        min_side: See :func:`~.decode.decode_picture`.

    Returns:
        uint8 RGB (3, H, W), channels last in memory; None where it is no such file.

    Raises:
        BadPicture: It is broken.
    """
    if not data.startswith(b"\xff\xd8\xff") or any(mark in data for mark in _TURNED):
        return None
    simplejpeg = require("simplejpeg", "jpeg='simplejpeg'", "fast")
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if colours not in _PLAIN:
            return None
        # Pillow's rule: of 1/2, 1/4 and 1/8 the smallest that leaves min_side.
        most = 1 if min_side is None else min(height, width) // min_side
        factor = next(f for f in (8, 4, 2, 1) if f <= max(1, most))
        size = (-(-height // factor), -(-width // factor), 3)
        rows = np.empty(size, np.uint8)  # its own array could not be written to
        simplejpeg.decode_jpeg(
            data, min_height=size[0], min_width=size[1], min_factor=1, buffer=rows
        )
    except ValueError as error:
        raise BadPicture(f"broken JPEG: {error}") from error
    return torch.from_numpy(rows).permute(2, 0, 1)
