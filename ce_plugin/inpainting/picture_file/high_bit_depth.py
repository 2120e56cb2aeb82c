"""Pictures of several channels with more than eight bits, which Pillow cuts."""

from __future__ import annotations

import io

import cv2
import numpy as np
import tifffile
from PIL import Image

from ce_plugin.datasets.decoding.high_bit_depth import upright
from ce_plugin.errors import InputError

from .frame import Frame, of_array, with_key

_BITS, _PHOTOMETRIC, _SAMPLES, _ORIENTATION = 258, 262, 277, 274
_WHITE_IS_ZERO = 0
_MULTIPLIED = 1
_MOST_VALUES = 4 * 2 * 89_478_485
"""Four channels of Pillow's limit against decompression bombs."""


def deep_frame(
    image: Image.Image, data: bytes, number: int, orientation: int
) -> Frame | None:
    """The frame of a file, or None where Pillow reads all its bits.

    Args:
        image: The file, open and not loaded.
        data: The file's bytes.
        number: Number of the page.
        orientation: EXIF's.

    Raises:
        InputError: It has channels or a compression that cannot be read.
    """
    if image.format == "PNG":
        # The header: depth and colour type (0 grey, 3 palette).
        depth, colour = data[24], data[25]
        if depth != 16 or (colour == 0 and "transparency" not in image.info):
            return None
        if colour == 0:
            image.load()
            frame = with_key(of_array(np.asarray(image)), image.info["transparency"])
        else:
            frame = _png(image, data, colour)
    elif image.format == "TIFF":
        bits = set(image.tag_v2.get(_BITS, (1,)))
        samples = image.tag_v2.get(_SAMPLES, 1)
        plain = samples == 1 and image.mode in ("I;16", "I;16B", "F")
        # Pillow would give a negative.
        plain &= image.tag_v2.get(_PHOTOMETRIC) != _WHITE_IS_ZERO
        if max(bits) <= 8 or plain:
            return None
        frame = _tiff(data, number)
    else:
        return None
    return Frame(upright(frame.pixels, orientation), frame.mode, white=frame.white)


def _png(image: Image.Image, data: bytes, colour: int) -> Frame:
    if image.width * image.height * 8 > 1 << 31:
        raise InputError("16-bit colour PNG is read up to 268 megapixels")
    image.load()  # Pillow says what is broken, where OpenCV gives half a picture
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise InputError("OpenCV cannot read this 16-bit PNG")
    if colour == 4:  # grey and alpha, which OpenCV spreads to BGRA
        return of_array(pixels[..., [0, 3]])
    order = [2, 1, 0, 3][: pixels.shape[2]]
    frame = of_array(pixels[..., order])
    return with_key(frame, image.info.get("transparency"))


def _tiff(data: bytes, number: int) -> Frame:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[number]
        kind = page.photometric.name if page.photometric is not None else "none"
        channels = page.samplesperpixel
        negative = kind == "MINISWHITE" and channels == 1 and page.dtype == np.uint16
        colours = 1 if negative else {"MINISBLACK": 1, "RGB": 3}.get(kind)
        if colours is None:
            raise InputError(
                f"a TIFF of {page.bitspersample} bits is read in grey and RGB, not "
                f"{kind}; convert it first"
            )
        if channels - colours not in (0, 1):
            raise InputError(
                f"it has {channels} channels; grey and RGB are filled, with or without "
                "alpha"
            )
        extra = [int(kind) for kind in page.extrasamples][: channels - colours]
        if extra == [_MULTIPLIED]:
            raise InputError(
                "its colours are multiplied by its alpha (associated alpha), in more "
                "than eight bits; save it with plain alpha, or as PNG"
            )
        if page.dtype is None or page.dtype.itemsize > 4:
            raise InputError(
                f"its values have {page.bitspersample} bits; save it with 16, or with "
                "floats of 32"
            )
        if page.imagewidth * page.imagelength * channels > _MOST_VALUES:
            raise InputError("it has more than 716 million values")
        if page.imagedepth > 1:
            raise InputError(
                f"its pixels are stored as {page.axes}, which is no picture"
            )
        try:
            pixels = page.asarray()
        except (KeyError, ValueError) as error:
            if "imagecodecs" not in str(error):
                raise
            raise InputError(
                "its compression needs imagecodecs: pip install 'ce_plugin[pictures]'"
            ) from error
    if page.planarconfig == 2 and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    if extra == [0]:
        pixels = pixels[..., :colours] if colours > 1 else pixels[..., 0]
    if negative:
        pixels = np.uint16((1 << page.bitspersample) - 1) - pixels
    return of_array(pixels)


def unknown_tiff(data: bytes, most: int) -> tuple[list[Frame], int, dict]:
    """A TIFF that Pillow does not open, such as floats in RGB.

    Args:
        data: The file's bytes.
        most: Pixels of all its pages together.

    Returns:
        Its pages, upright; its orientation; and profile, XMP and density under the
        names that Pillow has for them.
    """
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        pages = len(file.pages)
        if not pages:
            raise InputError("it is a TIFF without a page")
        if sum(page.imagewidth * page.imagelength for page in file.pages) > most:
            raise InputError(
                f"its {pages} pages have more than {most / 1e6:g} megapixels in all, "
                "the most that is held at once; make several files of it"
            )
        tags = {tag.code: tag.value for tag in file.pages[0].tags}
        density = file.pages[0].get_resolution("INCH")
    turn = tags.get(_ORIENTATION, 1)
    frames = []
    for number in range(pages):
        frame = _tiff(data, number)
        frames.append(Frame(upright(frame.pixels, turn), frame.mode, white=frame.white))
    info = dict(icc_profile=tags.get(34675), xmp=tags.get(700), dpi=density)
    return frames, turn, info


def cut_depth(container: str, data: bytes) -> int:
    """Bits of a colour picture that Pillow reads as eight; 0 where it cuts none."""
    if container == "JPEG2000":
        place = data.find(b"\xff\x51")  # the marker of sizes
        depth = (data[place + 40] & 0x7F) + 1 if 0 <= place < len(data) - 40 else 0
    elif container in ("AVIF", "HEIF"):
        place = data.find(b"pixi")
        depth = data[place + 9] if 0 <= place < len(data) - 9 else 0
    else:
        return 0
    return depth if depth > 8 else 0
