"""Decodes a picture file to a tensor, or says why that cannot be done."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torchvision.io import ImageReadMode, decode_jpeg

from ce_plugin.datasets.files import OWN_FAULTS

from .high_bit_depth import is_deep, is_tiff, tiff_values, upright, values_of
from .jpeg import decode_plain_jpeg
from .values import BadPicture, Reading, choose, opacity, to_bytes

__all__ = ["BadPicture", "Reading", "decode_bytes", "decode_picture"]

_ORIENTATION = 0x0112
_HEIC = (b"ftypheic", b"ftypheix", b"ftypheim", b"ftyphevc", b"ftypmif1", b"ftypmsf1")
_JPEG = b"\xff\xd8\xff"
_SOURCE = re.compile(r"^.*\.c\w+:\d+\W*")
_PLAIN = Reading()


def decode_picture(
    path: str, min_side: int | None = None, reading: Reading = _PLAIN
) -> torch.Tensor:
    """Reads a picture upright, as viewers show it.

    The orientation that the camera noted is applied. Grey becomes RGB, CMYK is
    converted, transparency is laid on white (as a page shows it), of more than 8 bits
    the upper eight are kept unless ``reading`` says otherwise, of an animation and of
    a TIFF's pages the first.

    Args:
        path: The file.
        min_side: Decode JPEGs at 1/2, 1/4 or 1/8 of their size where the shorter side
            stays at least this many pixels (what the scaled inverse DCT gives: about
            the mean of 2x2, 4x4 or 8x8 pixels). None: always at full size.
        reading: Which channels, and how values become bytes.

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
    except (PermissionError, IsADirectoryError) as error:
        raise BadPicture(error.strerror) from error
    except OSError as error:
        # Any other failure, of a disk or a network, is not this picture's fault.
        if error.errno not in OWN_FAULTS:
            raise
        raise BadPicture(error.strerror) from error
    except ValueError as error:
        raise BadPicture(f"no path: {error}") from error
    return decode_bytes(data, min_side, reading=reading)


def decode_bytes(
    data: bytes,
    min_side: int | None = None,
    formats: Sequence[str] | None = None,
    reading: Reading = _PLAIN,
) -> torch.Tensor:
    """The same from a file's bytes, so that an upload need not be written down.

    Args:
        data: The file.
        min_side: See :func:`decode_picture`.
        formats: Pillow's names of those to try, such as 'JPEG'; all by default.
        reading: See :func:`decode_picture`.

    Returns:
        See :func:`decode_picture`.

    Raises:
        BadPicture: Likewise.
    """
    if not data:
        raise BadPicture("empty file")
    try:
        return _decode(data, min_side, formats, reading)
    except (MemoryError, BadPicture):
        raise
    except UnidentifiedImageError as error:
        raise BadPicture("it is not a picture file") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadPicture(f"broken {_kind(data)}: {error}") from error
    except Exception as error:  # what a broken file makes a decoder raise is open
        raise BadPicture(f"{type(error).__name__}: {error}") from error


def _kind(data: bytes) -> str:
    begins = {_JPEG: "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF"}
    names = [name for start, name in begins.items() if data.startswith(start)]
    return names[0] if names else "TIFF" if is_tiff(data) else "picture"


def _decode(
    data: bytes,
    min_side: int | None,
    formats: Sequence[str] | None,
    reading: Reading,
) -> torch.Tensor:
    if reading.jpeg == "simplejpeg" and reading.channels is None:
        picture = decode_plain_jpeg(data, min_side)
        if picture is not None:
            return picture
    if data.startswith(_JPEG):
        # Most pictures are, and every microsecond counts: nothing else is asked.
        pass
    elif is_tiff(data) and (formats is None or "TIFF" in formats):
        values = tiff_values(data, wanted=reading.channels is not None)
        if values is not None:
            return _shown(values, reading)
    elif formats is None or "HEIF" in formats:
        need_heic(data)
    image = Image.open(io.BytesIO(data), formats=formats)
    chosen = reading.channels is not None
    turned = image.getexif().get(_ORIENTATION, 1)
    plain = image.format == "JPEG" and image.mode in ("RGB", "L")
    if plain and turned == 1 and min_side is None and not chosen:
        # The same library as Pillow's, without the copies on the way to a tensor.
        return _decode_jpeg(data)
    if min_side is not None:
        image.draft(None, (min_side, min_side))
    image.load()
    if chosen or is_deep(image, data):
        # Pillow has turned a TIFF on loading it, and its tag is gone.
        turned = image.getexif().get(_ORIENTATION, 1)
        return _shown(upright(values_of(image, data), turned), reading)
    return _to_tensor(image if turned == 1 else ImageOps.exif_transpose(image))


def _decode_jpeg(data: bytes) -> torch.Tensor:
    encoded = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    try:
        return decode_jpeg(encoded, ImageReadMode.RGB)
    except RuntimeError as error:
        # The message begins with a place in the decoder's own source.
        reason = _SOURCE.sub("", str(error).partition("\n")[0])
        raise BadPicture(f"broken JPEG: {reason}") from error


def need_heic(data: bytes) -> None:
    """Has Pillow read HEIC, where ``data`` begins like such a file.

    Raises:
        BadPicture: The package for it is missing.
    """
    if data[4:12] not in _HEIC or "HEIF" in Image.OPEN:
        return
    try:
        import pillow_heif
    except ImportError as error:
        raise BadPicture(
            "HEIC needs pillow-heif: pip install 'ce_plugin[pictures]'"
        ) from error
    pillow_heif.register_heif_opener()


def _shown(values: np.ndarray, reading: Reading) -> torch.Tensor:
    """uint8 RGB (3, H, W) of an array (H, W, C) of any type."""
    values = choose(values, reading.channels)
    # Alpha comes last; the page behind it is white.
    has_alpha = values.shape[2] in (2, 4)
    colours = values[..., :-1] if has_alpha else values
    shown = to_bytes(colours, reading.value_range)
    if has_alpha:
        alpha = opacity(values[..., -1:]).astype(np.uint16)
        shown = (shown * alpha + 255 * (255 - alpha) + 127) // 255
    if shown.shape[2] == 1:
        shown = np.broadcast_to(shown, (*shown.shape[:2], 3))
    rows = torch.from_numpy(shown.astype(np.uint8, order="C"))
    return rows.permute(2, 0, 1)


def _to_tensor(image: Image.Image) -> torch.Tensor:
    if image.has_transparency_data:
        image = image.convert("RGBA")
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image)
        image = page
    if image.mode != "RGB":
        image = image.convert("RGB")
    # A bytearray because transforms may write into their input.
    pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return pixels.view(image.height, image.width, 3).permute(2, 0, 1)
