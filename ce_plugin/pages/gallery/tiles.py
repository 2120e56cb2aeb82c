"""Pictures as they go into the page: small enough, and part of it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, features

EXACT = 12_000
"""Bytes up to which a picture is kept as it is, whatever a lossy format would save."""

_QUALITY = 90


@dataclass(frozen=True)
class Tile:
    """A picture in the page.

    Attributes:
        source: A data URI.
        width: In pixels, of what is in it.
        height: Likewise.
    """

    source: str
    width: int
    height: int


def encode(pixels: np.ndarray, size: int) -> Tile:
    """A picture scaled down to fit into a square, in the format that is smallest.

    PNG where it is no larger than the lossy ones or below ``EXACT`` bytes; otherwise
    WebP or JPEG at quality 90. What a camera wrote beside the pixels, such as the
    place, is not in it.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        size: Pixels that neither side exceeds, 1 or more. Small ones stay as they are.

    Example:
        >>> tile = encode(np.zeros((40, 80, 3), np.uint8), 20)
        >>> tile.source[:15], tile.width, tile.height
        ('data:image/png;', 20, 10)
    """
    image = Image.fromarray(pixels)
    image.thumbnail((size, size), Image.Resampling.LANCZOS)
    kind, data = "png", _saved(image, "PNG")
    if len(data) > EXACT:
        for other in ("webp", "jpeg"):
            if other == "webp" and not features.check("webp"):
                continue
            smaller = _saved(image, other.upper(), quality=_QUALITY)
            if len(smaller) < len(data):
                kind, data = other, smaller
    text = base64.b64encode(data).decode("ascii")
    return Tile(f"data:image/{kind};base64,{text}", *image.size)


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()
