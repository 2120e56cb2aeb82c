"""Masks that are pictures, in files or in memory: white, or black, is the hole."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ce_plugin.errors import InputError

from .picture_file.read import SEVERAL, check_frames


def check_hole_colour(hole: str) -> None:
    """Raises :class:`InputError` unless it is 'white' or 'black'."""
    if hole not in ("white", "black"):
        raise InputError(f"the hole of a mask is white or black, not {hole!r}")


def mask_of_file(path: str | os.PathLike) -> np.ndarray:
    """The hole of a mask picture, (H, W) bool; white is the hole.

    Raises:
        InputError: It cannot be read, or has several frames.
    """
    masks = masks_of_source(path)
    if len(masks) > 1:
        raise InputError(f"the mask {path} has {len(masks)} frames; give one with one")
    return masks[0]


def masks_of_source(
    source: str | os.PathLike | np.ndarray | Image.Image,
    hole: str = "white",
    several: int = 1,
) -> list[np.ndarray]:
    """The holes of a mask, (H, W) bool for each of its frames.

    Args:
        source: A file, a PIL picture or an array.
        hole: 'white' or 'black', what the hole is.
        several: Frames that an array (frames, H, W) has.

    Raises:
        InputError: It cannot be read.
    """
    if isinstance(source, np.ndarray):
        stacked = several > 1 and source.ndim == 3 and len(source) == several
        masks = [_mask_of_array(part) for part in (source if stacked else [source])]
    elif isinstance(source, Image.Image):
        masks = _masks_of_image(source, hole)
    else:
        masks = _masks_of_file(source, hole)
    return [~mask for mask in masks] if hole == "black" else masks


def _masks_of_file(path: str | os.PathLike, hole: str) -> list[np.ndarray]:
    try:
        with Image.open(path) as image:
            return _masks_of_image(image, hole)
    except FileNotFoundError as error:
        raise InputError(f"no mask {Path(path).resolve()}") from error
    except InputError as error:
        raise InputError(f"the mask {path}: {error}") from error
    except MemoryError:
        raise
    except Exception as error:  # what a broken file makes a decoder raise is open
        raise InputError(f"cannot read the mask {path}: {error}") from error


def _masks_of_image(image: Image.Image, hole: str) -> list[np.ndarray]:
    count = getattr(image, "n_frames", 1) if image.format in SEVERAL else 1
    check_frames(image, count)
    masks = []
    for number in range(count):
        if count > 1:
            image.seek(number)
        image.load()
        masks.append(_mask_of_image(ImageOps.exif_transpose(image), hole))
    return masks


def _mask_of_image(image: Image.Image, hole: str) -> np.ndarray:
    if image.mode.startswith("I"):  # sixteen bits, which Pillow would clip
        values = np.asarray(image)
        return _mask_of_array(values if values.max() <= 1 else values >= 1 << 15)
    if image.has_transparency_data:
        image = _on_no_hole(image.convert("RGBA"), hole)
    # A palette's colours, not its numbers: optimisers order them as they like.
    return _mask_of_array(np.asarray(image.convert("L")))


def _on_no_hole(image: Image.Image, hole: str) -> Image.Image:
    """A mask with an alpha channel, laid on what is no hole: strokes on a layer.

    Raises:
        InputError: It has colours, and so may be the picture with its hole erased.
    """
    pixels = np.asarray(image)
    opaque = pixels[pixels[..., 3] >= 128][:, :3].astype(np.int16)
    coloured = len(opaque) and np.ptp(opaque, axis=1).max() > 32
    if coloured and (pixels[..., 3] < 128).any():
        raise InputError(
            "it has an alpha channel and colours; if it is the picture with the hole "
            "erased, fill this file with the mask 'alpha'; if it is a layer of "
            "strokes, make them black and white"
        )
    page = Image.new("RGBA", image.size, "black" if hole == "white" else "white")
    page.alpha_composite(image)
    return page


def _mask_of_array(values: np.ndarray) -> np.ndarray:
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.ndim != 2:
        raise InputError(f"a mask is an array (H, W), not {values.shape}")
    if values.dtype == bool:
        return values
    return values > 0 if values.max(initial=0) <= 1 else values >= 128
