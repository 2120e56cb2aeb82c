"""Picture files whose values Pillow would cut to bytes, or does not read at all."""

from __future__ import annotations

import io
import logging
import math

import numpy as np
import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_png

from .values import BadPicture

# What it says of broken files is the reason that is given for them, said once.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_PILLOWS_GREYS = ("b1", "u1", "u2", "i2", "u4", "i4", "f4")
_ORIENTATION = 274


def is_tiff(data: bytes) -> bool:
    """Whether a file begins like a TIFF, or a BigTIFF."""
    return data[:4] in _TIFF


def is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether a picture that Pillow has opened has more than 8 bits a value."""
    return image.mode in _DEEP_MODES or _is_deep_png(data)


def _is_deep_png(data: bytes) -> bool:
    return data[:8] == _PNG and data[24:25] == b"\x10"


def values_of(image: Image.Image, data: bytes) -> np.ndarray:
    """The values of a picture that Pillow has opened, as the file has them.

    Returns:
        (H, W, C), of the file's type, not turned.
    """
    if _is_deep_png(data) and image.mode not in _DEEP_MODES:
        # Pillow keeps the upper eight bits of colours.
        encoded = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        return decode_png(encoded, ImageReadMode.UNCHANGED).permute(1, 2, 0).numpy()
    if image.mode == "P":
        alpha = image.has_transparency_data
        image = image.convert("RGBA" if alpha else "RGB")
    values = np.asarray(image)
    if image.mode == "I" and is_tiff(data):
        bits, kind = image.tag_v2.get(258, (1,))[0], image.tag_v2.get(339, (1,))[0]
        values = values.astype(f"{'i' if kind == 2 else 'u'}{bits // 8}")
    elif image.mode == "I":
        # What PNG and PGM have as 16 bits without a sign.
        values = values.clip(0, 65535).astype(np.uint16)
    return values if values.ndim == 3 else values[..., None]


def tiff_values(data: bytes, wanted: bool) -> np.ndarray | None:
    """A TIFF's values, where Pillow would cut them or cannot read the file.

    The first page: grey or RGB, with its alpha, if it has one, as the last channel. All
    channels where some are ``wanted``: those of the page, or the pages where each has
    one. Turned as its tag says.

    Args:
        data: The file.
        wanted: Whether channels are to be chosen among.

    Returns:
        (H, W, C), or None where Pillow does as well.

    Raises:
        BadPicture: Too large; packed in a way that needs another package; or channels
            that have to be chosen.
    """
    # Slow to import, and seldom needed; scikit-image brings it.
    from tifffile import TiffFile

    with TiffFile(io.BytesIO(data)) as file:
        page, many = file.pages[0], len(file.pages)
        stack = wanted and page.samplesperpixel == 1 and many > 1
        if not stack and _pillow_reads(page, wanted):
            return None
        pixels = math.prod(page.shape) * (many if stack else 1)
        if pixels > 4 * (2 * Image.MAX_IMAGE_PIXELS):
            raise BadPicture(f"too large, {pixels} values: a decompression bomb?")
        try:
            if stack:
                same = [p for p in file.pages if p.shape == page.shape]
                values = np.stack([p.asarray() for p in same], axis=-1)
            else:
                values = page.asarray()
        except (KeyError, ValueError) as error:
            if "imagecodecs" not in str(error):
                raise
            raise BadPicture(
                f"a TIFF packed with {_name(page.compression)} needs imagecodecs: pip "
                "install 'ce_plugin[pictures]'"
            ) from error
        axes = "YXS" if stack else page.axes
        values = _channels_last(values, axes)
        if not wanted:
            values = values[..., : _own_channels(page)]
        if _name(page.photometric) == "MINISWHITE":
            values = _inverted(values, page.bitspersample)
        turned = page.tags.get(_ORIENTATION)
    return upright(values, turned.value if turned else 1)


def _name(kind: object) -> str:
    """The name of a member of tifffile's enumerations, or an unknown one's number."""
    return getattr(kind, "name", str(kind))


def _pillow_reads(page, wanted: bool) -> bool:
    if page.samplesperpixel == 1:
        if page.dtype is None:
            return True
        if _name(page.photometric) == "MINISWHITE" and page.dtype.itemsize > 1:
            return False  # it would give a negative
        return page.dtype.str[1:] in _PILLOWS_GREYS
    colours = _name(page.photometric)
    if colours == "RGB" and page.samplesperpixel == 4 and not _has_alpha(page):
        # Pillow passes over the fourth, and refuses channels that lie apart.
        together = _name(page.planarconfig) == "CONTIG"
        return together and not wanted and page.dtype == np.uint8
    some = colours not in ("MINISBLACK", "MINISWHITE")
    return some and page.samplesperpixel <= 4 and page.dtype == np.uint8


def _has_alpha(page) -> bool:
    return [int(kind) for kind in page.extrasamples[:1]] in ([1], [2])


def _own_channels(page) -> int:
    """The number of a page's channels that count: 1 or 3, and one for alpha."""
    colours = {"MINISBLACK": 1, "MINISWHITE": 1, "RGB": 3}.get(_name(page.photometric))
    alpha = _has_alpha(page)
    samples = page.samplesperpixel
    if colours is None or (colours == 1 and samples > 1 + alpha):
        raise BadPicture(
            f"{samples} channels ({_name(page.photometric)}): set channels of the "
            f"dataset to three of 0 to {samples - 1}, or to one"
        )
    return colours + alpha


def _channels_last(values: np.ndarray, axes: str) -> np.ndarray:
    """(H, W, C) of an array whose axes are named; of depth and time the first."""
    for name in set(axes) - set("YXS"):
        values, axes = values.take(0, axes.index(name)), axes.replace(name, "")
    if "S" not in axes:
        values, axes = values[..., None], f"{axes}S"
    return values.transpose([axes.index(name) for name in "YXS"])


def _inverted(values: np.ndarray, bits: int) -> np.ndarray:
    if values.dtype.kind == "b":
        return ~values
    if values.dtype.kind == "u":
        return values.dtype.type((1 << bits) - 1) - values
    return values


def upright(values: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W) or (H, W, C) as it is looked at, by EXIF's number from 1 to 8.

    Example:
        >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
        [[3, 1], [4, 2]]
    """
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values
