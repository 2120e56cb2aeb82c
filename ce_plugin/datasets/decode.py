"""From a picture file to a tensor, or a reason why not."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torchvision.io import ImageReadMode, decode_jpeg

_ORIENTATION = 0x0112
_SIXTEEN_BIT = ("I", "I;16", "I;16B", "I;16L", "I;16N")


class BadPicture(Exception):
    """A file that cannot be read as a picture; the message is the reason."""


def decode_picture(path: str, min_side: int | None = None) -> torch.Tensor:
    """Reads a picture the way it is looked at.

    The orientation that the camera noted is applied. Grey becomes RGB, CMYK is
    converted, transparency is laid on white (as a page shows it), of 16 bits the upper
    eight are kept, of an animation the first frame.

    Args:
        path: The file.
        min_side: Decode JPEGs at 1/2, 1/4 or 1/8 of their size where the shorter side
            stays at least this many pixels (what the scaled inverse DCT gives: about
            the mean of 2x2, 4x4 or 8x8 pixels). None: always at full size.

    Returns:
        uint8 RGB (3, H, W), channels last in memory, in which torch resizes about
        three times faster than in the usual order.

    Raises:
        BadPicture: The file is missing, not readable, empty, truncated, no picture, or
            larger than Pillow's limit (179 megapixels), which guards against
            decompression bombs.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), 'grey.png')
        >>> Image.new('L', (4, 3), 7).save(path)
        >>> decode_picture(path)[:, 0, 0]
        tensor([7, 7, 7], dtype=torch.uint8)
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        # Any other failure, of a disk or a network, is not this picture's fault.
        raise BadPicture(error.strerror) from error
    return decode_bytes(data, min_side)


def decode_bytes(
    data: bytes, min_side: int | None = None, formats: Sequence[str] | None = None
) -> torch.Tensor:
    """The same from a file's bytes, so that an upload need not be written down.

    Args:
        data: The file.
        min_side: See :func:`decode_picture`.
        formats: Pillow's names of those to try, such as 'JPEG'; all by default.

    Returns:
        See :func:`decode_picture`.

    Raises:
        BadPicture: Likewise.
    """
    if not data:
        raise BadPicture("empty file")
    try:
        return _decode(data, min_side, formats)
    except MemoryError:
        raise
    except UnidentifiedImageError as error:
        raise BadPicture("no picture that Pillow knows") from error
    except Exception as error:  # what a broken file makes a decoder raise is open
        raise BadPicture(f"{type(error).__name__}: {error}") from error


def _decode(
    data: bytes, min_side: int | None, formats: Sequence[str] | None
) -> torch.Tensor:
    image = Image.open(io.BytesIO(data), formats=formats)
    upright = image.getexif().get(_ORIENTATION, 1) == 1
    plain = image.format == "JPEG" and image.mode in ("RGB", "L")
    if plain and upright and min_side is None:
        # The same library as Pillow's, without the copies on the way to a tensor.
        encoded = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        return decode_jpeg(encoded, ImageReadMode.RGB)
    if min_side is not None:
        image.draft(None, (min_side, min_side))
    image.load()
    return _to_tensor(image if upright else ImageOps.exif_transpose(image))


def _to_tensor(image: Image.Image) -> torch.Tensor:
    if image.mode in _SIXTEEN_BIT:
        grey = np.clip(np.asarray(image).astype(np.int32) >> 8, 0, 255)
        image = Image.fromarray(grey.astype(np.uint8))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image)
        image = page
    if image.mode != "RGB":
        image = image.convert("RGB")
    # A bytearray because transforms may write into their input.
    pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return pixels.view(image.height, image.width, 3).permute(2, 0, 1)
