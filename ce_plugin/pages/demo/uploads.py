"""Pictures and masks from strangers: looked at before they are decoded."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, UnidentifiedImageError

from ce_plugin.errors import InputError
from ce_plugin.inpainting.picture_file import PictureFile, read_picture_file
from ce_plugin.inpainting.picture_file.read import TooManyPixels
from ce_plugin.inpainting.reading import read_mask

from .limits import Limits

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
"""Pillow's names. Few, because every decoder is a way in."""


class TooLarge(InputError):
    """More pixels than allowed."""


def open_upload(data: bytes, limits: Limits) -> PictureFile:
    """A picture with all that belongs to it.

    Args:
        data: The file's bytes, of whatever was chosen.
        limits: Checked against the header, before pixels are decoded, and again as each
            frame turns out to be larger than the first; all frames count.

    Raises:
        InputError: It is no such picture, is damaged, or (:class:`TooLarge`) has too
            many pixels.
    """
    _check_header("picture", data, FORMATS, limits)
    most = int(limits.megapixels * 1e6)
    try:
        return read_picture_file(data, formats=FORMATS, most_pixels=most)
    except TooManyPixels as error:
        raise TooLarge(str(error)) from error


def decode_mask(data: bytes, height: int, width: int, limits: Limits) -> np.ndarray:
    """The hole of a mask picture, (H, W) bool, True = hole.

    Args:
        data: A PNG file's bytes, white the hole.
        height: Of the picture.
        width: Of the picture.
        limits: See :func:`open_upload`.

    Raises:
        InputError: It is no PNG picture, is damaged or has another size.
    """
    size = _check_header("mask", data, ("PNG",), limits)
    if size != (width, height):
        raise InputError(
            f"the mask has {size[0]} x {size[1]} pixels and the picture {width} x "
            f"{height}; give a mask of the picture's size"
        )
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.load()
    except Exception as error:  # what a broken file makes a decoder raise is open
        raise InputError(f"the mask cannot be read: {error}") from error
    return read_mask(image, height, width)


def png_bytes(pixels: np.ndarray) -> bytes:
    """(H, W, 3 or 4) uint8 RGB(A) as a PNG file, packed quickly rather than tightly."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _check_header(
    what: str, data: bytes, formats: tuple[str, ...], limits: Limits
) -> tuple[int, int]:
    """(width, height) that the header says."""
    known = ", ".join(formats)
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            width, height = image.size
            frames = getattr(image, "n_frames", 1)
    except UnidentifiedImageError as error:
        raise InputError(f"the {what} is no {known} file") from error
    except Image.DecompressionBombError as error:
        raise TooLarge(f"the {what} has far too many pixels") from error
    except Exception as error:  # what a broken header makes Pillow raise is open
        raise InputError(f"the {what} cannot be read: {error}") from error
    if (
        width * height * frames > limits.megapixels * 1e6
        or max(width, height) > limits.side
    ):
        raise TooLarge(
            f"the {what} has {width} x {height} pixels{_times(frames)}; at most "
            f"{limits.megapixels:g} megapixels and {limits.side} to a side are taken; "
            "make it smaller"
        )
    return width, height


def _times(frames: int) -> str:
    return f" in each of {frames} frames" if frames > 1 else ""
