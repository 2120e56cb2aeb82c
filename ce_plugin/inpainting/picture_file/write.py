"""Writes a :class:`PictureFile` as a file's bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from PIL import Image
from PIL.TiffTags import TAGS_V2_GROUPS

from ce_plugin.errors import InputError

from .containers import adapted, container_of
from .frame import MOST_OF_A_PALETTE, Frame, to_image
from .gif import DISPOSAL, join_frames
from .high_bit_depth_tiff import deep_tiff
from .metadata import Metadata, png_chunks, png_info
from .picture import PictureFile

_DEFLATE = "tiff_adobe_deflate"
_SAY_SOMETHING_BY_NOTHING = ("loop", "optimize")
"""Options of Pillow's whose 0 or False is no default."""


def to_bytes(picture: PictureFile, ending: str) -> tuple[bytes, tuple[str, ...]]:
    """A picture as a file with the given ending.

    Returns:
        Its bytes, and all notes on the picture, those on what the container changes or
        loses among them.

    Raises:
        InputError: The ending is unknown, or its container cannot hold the picture.
    """
    container = container_of(ending)
    picture = adapted(picture, container)
    if container == "TIFF" and _is_deep(picture) and picture.metadata.exif:
        note = "a deep TIFF keeps the plain tags of its EXIF only; .png keeps all"
        picture = replace(picture, notes=(*picture.notes, note))
    try:
        data = _WRITERS[container](picture)
    except (OSError, ValueError, OverflowError) as error:
        raise InputError(f"it cannot be written as {ending}: {error}") from error
    return data, picture.notes


def _saved(image: Image.Image, container: str, **options: Any) -> bytes:
    # Pillow adds what it finds in a picture's info; ours come as options only.
    out = io.BytesIO()
    given = {k: v for k, v in options.items() if v or k in _SAY_SOMETHING_BY_NOTHING}
    image.save(out, container, **given)
    return out.getvalue()


def _several(
    picture: PictureFile, images: list[Image.Image], container: str
) -> dict[str, Any]:
    if len(images) == 1:
        return {}
    options = dict(save_all=True, append_images=images[1:])
    return options | _timing(picture, container)


def _timing(picture: PictureFile, container: str) -> dict[str, Any]:
    """Pillow's options of the times of an animation's frames."""
    durations = picture.timing.get("duration", [100] * len(picture.frames))
    timing = picture.timing | dict(duration=durations)
    if container == "PNG" and timing.get("default_image"):
        # The first picture is none of the animation's, and has no time.
        timing["duration"] = durations[1:]
    # A GIF that says nothing of loops plays once; the others play for ever.
    if picture.container == "GIF" != container:
        timing.setdefault("loop", 1)
    if container == "GIF" != picture.container and timing.get("loop") == 1:
        del timing["loop"]
    return timing


def _common(of: Metadata) -> dict[str, Any]:
    return dict(icc_profile=of.icc, exif=of.exif)


def _png(picture: PictureFile) -> bytes:
    of = picture.metadata
    options = _common(of) | dict(dpi=of.dpi, pnginfo=png_info(of))
    (first, *_), several = picture.frames, len(picture.frames) > 1
    if first.is_deep and first.mode != "L":
        return _deep_png(first, options)
    images = [to_image(frame) for frame in picture.frames]
    if several:
        # An animation has one palette and one mode.
        alpha = any(frame.alpha is not None for frame in picture.frames)
        images = [image.convert("RGBA" if alpha else "RGB") for image in images]
        options |= _several(picture, images, "PNG") | dict(disposal=0, blend=0)
    return _saved(images[0], "PNG", compress_level=6, **options)


def _deep_png(frame: Frame, options: dict[str, Any]) -> bytes:
    """Pixels by OpenCV between the chunks that Pillow writes of everything else."""
    order = [2, 1, 0, 3][: frame.pixels.shape[2]]
    if frame.mode == "LA":  # OpenCV has no grey with alpha
        order = [0, 0, 0, 1]
    pixels = np.ascontiguousarray(frame.pixels[..., order])
    done, coded = cv2.imencode(".png", pixels)
    if not done:
        raise InputError("OpenCV cannot write this 16-bit PNG")
    mode = "RGB" if len(order) == 3 else "RGBA"
    around = _saved(Image.new(mode, (1, 1)), "PNG", **options)
    coded = coded.tobytes()
    header = 8 + 12 + 13  # signature and the first chunk
    kept = _between(around, header)
    return coded[:header] + kept + coded[_start_of_pixels(coded) :]


def _start_of_pixels(data: bytes) -> int:
    place = 8
    for name, body in png_chunks(data):
        if name == b"IDAT":
            return place
        place += 12 + len(body)
    raise InputError("a PNG without pixels was written")


def _between(data: bytes, header: int) -> bytes:
    return data[header : _start_of_pixels(data)]


def _is_deep(picture: PictureFile) -> bool:
    """Whether Pillow cannot hold the picture's depth."""
    return any(frame.is_deep and frame.mode != "L" for frame in picture.frames)


def _tiff(picture: PictureFile) -> bytes:
    of = picture.metadata
    if _is_deep(picture):
        return deep_tiff(picture)
    images = [to_image(frame) for frame in picture.frames]
    options = _common(of) | dict(dpi=of.dpi)
    if len(images) > 1:
        options |= dict(save_all=True, append_images=images[1:])
    exif = Image.Exif()
    exif.load(of.exif)
    if of.xmp:
        exif[700] = of.xmp
    compression = picture.coding.get("compression", _DEFLATE)
    if compression.startswith("group") and any(f.mode != "1" for f in picture.frames):
        compression = _DEFLATE  # those of fax machines are for black and white
    if any(tag in exif for tag in TAGS_V2_GROUPS):
        compression = "raw"  # Pillow writes no further directories into others
    return _saved(
        images[0], "TIFF", **options | dict(exif=exif, compression=compression)
    )


def _webp(picture: PictureFile) -> bytes:
    of = picture.metadata
    images = [to_image(frame) for frame in picture.frames]
    options = _common(of) | dict(xmp=of.xmp, lossless=True, exact=True)
    options |= _several(picture, images, "WEBP")
    data = _saved(images[0], "WEBP", **options)
    alphas = [f.alpha for f in picture.frames if f.alpha is not None]
    if len(images) > 1 and any((alpha < 255).any() for alpha in alphas):
        with Image.open(io.BytesIO(data)) as written:
            kept = written.mode == "RGBA"
        if not kept:
            # Of an animation libwebp writes what changes, and says of a file in which
            # all such parts are opaque that it is. Key frames are written as a whole.
            data = _saved(images[0], "WEBP", **options | dict(kmax=1))
    return data


def _jpeg(picture: PictureFile) -> bytes:
    of = picture.metadata
    coding = dict(quality=95, subsampling="4:4:4")
    if "qtables" in picture.coding:
        coding = picture.coding
    (frame,) = picture.frames
    options = _common(of) | dict(dpi=of.dpi, xmp=of.xmp)
    comment = of.text.get("Comment", "")
    out = io.BytesIO()
    options = {k: v for k, v in options.items() if v} | coding
    to_image(frame).save(out, "JPEG", comment=comment, **options)
    return out.getvalue()


def _gif(picture: PictureFile) -> bytes:
    comment = picture.metadata.text.get("Comment", "")
    frames, several = picture.frames, len(picture.frames) > 1
    if several and any(frame.alpha is not None for frame in frames):
        return _gif_with_transparency(picture, comment)
    images = [_gif_image(frame) for frame in frames]
    return _saved(images[0], "GIF", comment=comment, **_several(picture, images, "GIF"))


def _gif_with_transparency(picture: PictureFile, comment: str) -> bytes:
    timing, files = _timing(picture, "GIF"), []
    options = dict(disposal=DISPOSAL, optimize=False, comment=comment)
    if "loop" in timing:
        options["loop"] = timing["loop"]
    for frame, duration in zip(picture.frames, timing["duration"], strict=True):
        image = _gif_image(_with_clear(frame))
        files.append(_saved(image, "GIF", duration=duration, **options))
        options = dict(disposal=DISPOSAL, optimize=False)
    return join_frames(files)


def _gif_image(frame: Frame) -> Image.Image:
    clear = np.flatnonzero(frame.palette[:, 3] == 0)
    if len(clear) > 1:  # GIF has one transparent number
        pixels = frame.pixels.copy()
        pixels[np.isin(pixels, clear)] = clear[0]
        frame = replace(frame, pixels=pixels)
    image = to_image(frame)
    if len(clear):
        image.putpalette(frame.palette[:, :3].tobytes(), "RGB")
        image.info["transparency"] = int(clear[0])
    return image


def _with_clear(frame: Frame) -> Frame:
    """A frame with a transparent number, where there is room for one.

    Readers take it for what a frame is replaced by when it is taken away.
    """
    if frame.alpha is not None or len(frame.palette) >= MOST_OF_A_PALETTE:
        return frame
    return replace(frame, palette=np.vstack([frame.palette, np.uint8([[0] * 4])]))


def _plain(container: str):
    def write(picture: PictureFile) -> bytes:
        (frame,) = picture.frames
        dpi = picture.metadata.dpi if container == "BMP" else None
        return _saved(to_image(frame), container, dpi=dpi)

    return write


def _avif(picture: PictureFile) -> bytes:
    of = picture.metadata
    (frame,) = picture.frames
    options = _common(of) | dict(xmp=of.xmp, quality=95, subsampling="4:4:4")
    return _saved(to_image(frame), "AVIF", **options)


_WRITERS = {
    "PNG": _png,
    "TIFF": _tiff,
    "WEBP": _webp,
    "JPEG": _jpeg,
    "GIF": _gif,
    "BMP": _plain("BMP"),
    "PPM": _plain("PPM"),
    "JPEG2000": _plain("JPEG2000"),
    "AVIF": _avif,
}
