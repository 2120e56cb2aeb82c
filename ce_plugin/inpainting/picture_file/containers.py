"""The modes that containers can hold, and conversions between modes."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np

from ce_plugin.errors import InputError

from .frame import MOST_OF_A_PALETTE, Frame, to_image
from .picture import PictureFile

CONTAINERS = {
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".ppm": "PPM",
    ".pgm": "PPM",
    ".jp2": "JPEG2000",
    ".avif": "AVIF",
}
"""Endings, the usual of each container first."""

_MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "JPEG": ("L", "RGB", "CMYK"),
    "GIF": ("P",),
    "BMP": ("1", "L", "P", "RGB"),
    "PPM": ("1", "L", "RGB"),
    "JPEG2000": ("L", "LA", "RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
}
LOSSY = ("JPEG", "AVIF")
SEVERAL = ("PNG", "TIFF", "WEBP", "GIF")
OWN = "own"
"""The name of the input's own format on the command line."""


def container_of(ending: str) -> str:
    """The container of an ending, in any case of letters.

    Raises:
        InputError: None that is written.
    """
    known = CONTAINERS.get(ending.lower())
    if known is None:
        raise InputError(
            f"no picture is written as {ending or 'a file without ending'}; known are "
            f"{' '.join(CONTAINERS)}"
        )
    return known


def ending_for(format: str) -> str:
    """An ending from what the user calls it: 'png', '.PNG'.

    Raises:
        InputError: None that is written.
    """
    ending = f".{format.lower().lstrip('.')}"
    container_of(ending)
    return ending


def ending_of(container: str) -> str:
    """The usual ending of a container."""
    return next(e for e, name in CONTAINERS.items() if name == container)


def best_ending(picture: PictureFile) -> tuple[str, tuple[str, ...]]:
    """'.png' where PNG holds a picture exactly, else '.tif', with a note that says so.

    Multi-page TIFFs stay TIFFs.
    """
    reason = ""
    if picture.container == "TIFF" and len(picture.frames) > 1:
        reason = "several pages"
    elif any(frame.mode == "CMYK" for frame in picture.frames):
        reason = "CMYK"
    elif any(f.pixels.dtype in (np.float32, np.int32) for f in picture.frames):
        reason = f"values of {picture.pixels.dtype}"
    if reason:
        return ".tif", (f"PNG does not hold {reason}: written as TIFF",)
    return ".png", ()


def own_ending(picture: PictureFile, path: str | os.PathLike | None) -> str:
    """The ending of a picture's own file.

    Raises:
        InputError: It has none, or one that is not written.
    """
    ending = os.path.splitext(os.fspath(path))[1] if path is not None else ""
    if CONTAINERS.get(ending.lower()) == picture.container:
        return ending
    if picture.container in _MODES:  # a file under another's ending
        return ending_of(picture.container)
    raise InputError(
        f"{picture.container or 'an array'} is not written; give --format png"
    )


def adapted(picture: PictureFile, container: str) -> PictureFile:
    """The picture in modes that a container holds, with notes on what changes.

    Raises:
        InputError: It cannot hold the picture's depth, transparency or frames.
    """
    several = len(picture.frames) > 1
    if several and container not in SEVERAL:
        raise InputError(
            f"{container} holds one picture and this one has {len(picture.frames)} "
            "frames; give .png, .webp, .gif or .tif"
        )
    if several and container != "TIFF":
        if len({frame.shape for frame in picture.frames}) > 1:
            raise InputError(
                f"its {len(picture.frames)} pages differ in size, which only TIFF holds"
            )
        if any(frame.is_deep for frame in picture.frames):
            raise InputError("several pages of more than eight bits need .tif")
    frames, notes = [], {}
    for frame in picture.frames:
        frame, note = _adapted(frame, container)
        frames.append(frame)
        if note:
            notes[note] = None
    metadata = picture.metadata
    if any(a.mode == "CMYK" != b.mode for a, b in zip(picture.frames, frames)):
        metadata = metadata.without_profile()
    lost = metadata.lost_in(container)
    if lost:
        notes[f"{container} does not keep its {', '.join(lost)}"] = None
    if container in LOSSY:
        note = f"{container} changes pixels outside the hole too; PNG and TIFF do not"
        notes[note] = None
    return replace(
        picture,
        frames=tuple(frames),
        metadata=metadata,
        notes=(*picture.notes, *notes),
    )


def _adapted(frame: Frame, container: str) -> tuple[Frame, str]:
    if frame.is_deep:
        fits = container == "TIFF" or (
            container == "PNG" and frame.pixels.dtype == np.uint16
        )
        if not fits:
            raise InputError(
                f"{container} does not hold values of {frame.pixels.dtype}; give .tif"
                + (" or .png" if frame.pixels.dtype == np.uint16 else "")
            )
        return frame, ""
    modes, note = _MODES[container], ""
    if frame.mode == "CMYK" and "CMYK" not in modes:
        rgb = to_image(frame).convert("RGB")
        frame = Frame(np.asarray(rgb), "RGB")
        note = (
            f"{container} holds no CMYK: converted to RGB, its profile is left out; "
            ".tif is exact"
        )
    clear = frame.mode == "P" and frame.alpha is not None
    if frame.mode in modes and not (clear and container != "PNG"):
        return frame, note
    if container == "GIF":
        found = to_palette(frame)
        if found is None:
            raise InputError(
                "it has more colours than GIF's 256, or half transparent ones; give "
                ".png or .webp"
            )
        return found, note
    wide = to_image(frame).convert("RGBA")
    for mode in ("L", "RGB", "RGBA"):
        exact = mode == "RGBA" or frame.alpha is None or (frame.alpha == 255).all()
        if mode in modes and exact and (mode != "L" or frame.mode in ("1", "LA")):
            return Frame(np.asarray(wide.convert(mode)), mode), note
    raise InputError(f"{container} holds no transparency; give .png, .tif or .webp")


def to_palette(frame: Frame) -> Frame | None:
    """An 8-bit frame as a palette's with these very colours; None for more than fit."""
    rgba = np.asarray(to_image(frame).convert("RGBA"))
    height, width = frame.shape
    # One number a pixel is sorted much faster than rows of four.
    numbers = np.ascontiguousarray(rgba).view(np.uint32)[..., 0]
    found, where = np.unique(numbers, return_inverse=True)
    if len(found) > MOST_OF_A_PALETTE:
        return None
    palette = found.view(np.uint8).reshape(-1, 4)
    if not np.isin(palette[:, 3], (0, 255)).all():
        return None
    return Frame(where.reshape(height, width).astype(np.uint8), "P", palette)
