"""Reads a :class:`PictureFile` from a file's bytes.

Pillow reads nearly all. What it would cut to eight bits, PNG of several 16-bit channels
and deep TIFF, OpenCV and tifffile read, which come with mmengine and scikit-image.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from ce_plugin.datasets.decoding.decode import need_heic
from ce_plugin.datasets.decoding.high_bit_depth import is_tiff, upright
from ce_plugin.datasets.decoding.values import BadPicture
from ce_plugin.errors import InputError

from .frame import Frame, of_array, of_image
from .high_bit_depth import cut_depth, deep_frame, unknown_tiff
from .metadata import metadata_of
from .orientation import TAG
from .picture import PictureFile

ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
SEVERAL = (*ANIMATED, "TIFF")
MOST_FRAMES = 2000
_REDUCED = 254
_EXTRA = 338
_EACH = ("dpi", "icc_profile")
_EXACT = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "group3", "group4")
"""Compressions of a TIFF that change nothing."""


class TooManyPixels(InputError):
    """More pixels in all frames together than are held at once."""


def read_picture_file(
    source: str | os.PathLike | bytes,
    bit_depth: int | None = None,
    formats: Sequence[str] | None = None,
    most_pixels: int | None = None,
) -> PictureFile:
    """Reads a picture with all that belongs to it.

    Args:
        source: A path, or a file's bytes.
        bit_depth: Bits in use of whole numbers of more than eight, such as 12 in 16;
            by default all that their type has.
        formats: Pillow's names of those to try; all by default.
        most_pixels: Of all frames together, each by its own size; by default twice
            Pillow's limit against decompression bombs.

    Raises:
        InputError: It cannot be read, or holds what cannot be filled, or
            (:class:`TooManyPixels`) too much of it.
    """
    name = "" if isinstance(source, bytes) else f" {os.fspath(source)}"
    most = _most_held() if most_pixels is None else most_pixels
    try:
        return _read(source, bit_depth, formats, most)
    except InputError as error:
        raise type(error)(f"the picture{name}: {error}") from error
    except UnidentifiedImageError:
        reason = "it is not a picture file"
    except MemoryError:
        raise
    except BadPicture as error:
        reason = str(error)
    except OSError as error:
        reason = error.strerror or str(error)
    except (SyntaxError, ValueError) as error:
        reason = str(error)
    except Exception as error:  # what a broken file makes a decoder raise is open
        reason = f"{type(error).__name__}: {error}"
    raise InputError(f"cannot read the picture{name}: {reason}")


def _read(
    source: str | os.PathLike | bytes,
    bit_depth: int | None,
    formats: Sequence[str] | None,
    most: int,
) -> PictureFile:
    data = source
    if not isinstance(source, bytes):
        with open(source, "rb") as file:
            data = file.read()
    if not data:
        raise ValueError("empty file")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        picture = _opened(data, formats, most)
    told = dict.fromkeys(" ".join(str(w.message).split()) for w in warned)
    notes = tuple(f"Pillow warns: {message}" for message in told)
    picture = replace(picture, notes=(*picture.notes, *notes[:3]))
    if bit_depth is not None:
        picture = picture.with_bit_depth(bit_depth)
    picture.check_values()
    return picture


def _opened(data: bytes, formats: Sequence[str] | None, most: int) -> PictureFile:
    if formats is None:
        need_heic(data)
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            return _picture(image, data, most)
    except UnidentifiedImageError:
        wanted = formats is None or "TIFF" in formats
        if not wanted or not is_tiff(data):
            raise
        return _unknown_tiff(data, most)


def _picture(image: Image.Image, data: bytes, most: int) -> PictureFile:
    container = image.format
    there = getattr(image, "n_frames", 1)
    count = there if container in SEVERAL else 1
    check_frames(image, count)
    notes = []
    if there > count:
        notes.append(f"of the file's {there} pictures only the first is kept")
    if container == "TIFF" and image.tag_v2.get(_EXTRA) == (0,):
        notes.append("its last channel, which is no alpha, is left out")
    depth = cut_depth(container, data) if image.mode != "I;16" else 0
    if depth:
        notes.append(f"of its {depth} bits a value eight are read and kept")
    metadata = metadata_of(image, data)
    orientation = image.getexif().get(TAG, 1)
    coding = _coding(image)
    frames, durations, reduced, pixels = [], [], 0, 0
    said = {name: image.info.get(name) for name in _EACH}
    for number in range(count):
        if count > 1:
            image.seek(number)
        if number and container == "TIFF" and image.tag_v2.get(_REDUCED, 0) & 1:
            reduced += 1  # a smaller copy, which would show the old picture
            continue
        # Pages may differ in size, and a GIF's frame may widen the picture.
        pixels += image.width * image.height
        if pixels > most:
            raise TooManyPixels(
                f"its frames have more than {most / 1e6:g} megapixels in all, the most "
                "that is held at once; make it smaller, or several files of it"
            )
        # A page may have its own.
        turn = image.getexif().get(TAG, 1) if container == "TIFF" else orientation
        frames.append(_frame(image, data, number, turn))
        durations.append(image.info.get("duration", 0))
        if container == "TIFF" and said != {n: image.info.get(n) for n in _EACH}:
            said = {}
    if not said:
        notes.append("density and profile of its first page are given to all")
    if reduced:
        notes.append(f"{reduced} smaller copies in the file are left out")
    timing = {}
    if len(frames) > 1 and container in ANIMATED:
        timing = dict(duration=durations)
        if "loop" in image.info:
            timing["loop"] = image.info["loop"]
        if container == "PNG" and image.info.get("default_image"):
            timing["default_image"] = True
    return PictureFile(
        frames=tuple(frames),
        metadata=metadata,
        container="JPEG" if container == "MPO" else container,
        orientation=orientation if orientation in range(1, 9) else 1,
        timing=timing,
        coding=coding,
        notes=(*notes, *metadata.notes),
    )


def _unknown_tiff(data: bytes, most: int) -> PictureFile:
    frames, orientation, info = unknown_tiff(data, most)
    image = Image.new("L", (1, 1))
    image.info = {key: value for key, value in info.items() if value}
    return PictureFile(tuple(frames), metadata_of(image, data), "TIFF", orientation)


def check_frames(image: Image.Image, count: int) -> None:
    """Raises :class:`InputError` for more frames than are held at once."""
    most = _most_held()
    if count > MOST_FRAMES or count * image.width * image.height > most:
        raise InputError(
            f"its {count} frames of {image.width} x {image.height} are more than are "
            f"held at once ({MOST_FRAMES} frames, {most / 1e6:.0f} megapixels in all)"
        )


def _most_held() -> int:
    return 2 * (Image.MAX_IMAGE_PIXELS or 1 << 60)


def _frame(image: Image.Image, data: bytes, number: int, orientation: int) -> Frame:
    deep = deep_frame(image, data, number, orientation)
    if deep is not None:
        return deep
    image.load()
    if image.format == "TIFF":
        orientation = 1  # Pillow has turned it
    frame = of_image(image)
    if image.format == "PPM" and frame.pixels.dtype == np.int32:
        # Sixteen bits, which Pillow holds in more, with white at 65,535.
        frame = of_array(frame.pixels.astype(np.uint16))
    if image.format == "GIF" and frame.mode != "P":
        frame = _as_palette(frame)
    turned = np.ascontiguousarray(upright(frame.pixels, orientation))
    return replace(frame, pixels=turned)


def _as_palette(frame: Frame) -> Frame:
    """A frame of a GIF, which Pillow lays on those before it, as a palette's again."""
    from .containers import to_palette

    return to_palette(frame) or frame


def _coding(image: Image.Image) -> dict:
    if image.format == "TIFF" and image.info.get("compression") in _EXACT:
        return dict(compression=image.info["compression"])
    if image.format not in ("JPEG", "MPO"):
        return {}
    coding = dict(qtables=image.quantization)
    sampling = JpegImagePlugin.get_sampling(image)
    if sampling >= 0:
        coding["subsampling"] = sampling
    if image.info.get("progressive"):
        coding["progressive"] = True
    return coding


def of_arrays(pixels: np.ndarray | Image.Image) -> PictureFile:
    """A picture that is no file: an array (see :class:`Frame`) or a PIL picture.

    A PIL picture that was opened keeps what its file says, and is turned by it; of
    several frames it is the current one.
    """
    if not isinstance(pixels, Image.Image):
        return PictureFile((of_array(pixels),))
    pixels.load()
    turn = pixels.getexif().get(TAG, 1)
    frame = of_image(pixels)
    turned = np.ascontiguousarray(upright(frame.pixels, turn))
    metadata = metadata_of(pixels, b"")
    return PictureFile(
        (replace(frame, pixels=turned),),
        metadata,
        orientation=turn if turn in range(1, 9) else 1,
        notes=metadata.notes,
    )
