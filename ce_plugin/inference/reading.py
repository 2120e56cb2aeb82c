"""Pictures and masks, from whatever they come in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ce_plugin.datasets.decode import BadPicture, decode_picture
from ce_plugin.errors import InputError
from ce_plugin.masks import MaskGenerator
from ce_plugin.registry import MASKS

Picture = str | os.PathLike | np.ndarray | Image.Image
Boxes = Sequence[Sequence[int]]
Mask = str | os.PathLike | np.ndarray | Image.Image | Boxes | MaskGenerator | dict


def read_picture(source: Picture) -> np.ndarray:
    """A picture as (H, W, 3) uint8 RGB.

    Args:
        source: A file, read as it is looked at (see
            :func:`~ce_plugin.datasets.decode.decode_picture`); a PIL picture; or an
            array, (H, W) grey, (H, W, 3) RGB or (H, W, 4) with transparency, uint8 or
            float in [0, 1].

    Raises:
        InputError: It cannot be read, or is no such array.
    """
    if isinstance(source, str | os.PathLike):
        try:
            tensor = decode_picture(os.fspath(source))
        except BadPicture as error:
            raise InputError(f"cannot read the picture {source}: {error}") from error
        return np.ascontiguousarray(tensor.permute(1, 2, 0).numpy())
    if isinstance(source, Image.Image):
        source = np.asarray(_on_white(source))
    if not isinstance(source, np.ndarray):
        raise InputError(
            f"a picture is a path, an array or a PIL picture, not {type(source)}"
        )
    pixels = _to_bytes(source)
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        pixels = np.asarray(_on_white(Image.fromarray(pixels)))
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise InputError(
            f"a picture is an array (H, W), (H, W, 3) or (H, W, 4), not {source.shape}"
        )
    return np.ascontiguousarray(pixels)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    return page.convert("RGB")


def _to_bytes(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return pixels
    if not np.issubdtype(pixels.dtype, np.floating):
        raise InputError(
            f"a picture is an array of uint8 or of floats in [0, 1], not {pixels.dtype}"
        )
    if not np.isfinite(pixels).all() or pixels.min() < 0 or pixels.max() > 1:
        raise InputError("a picture of floats has its values in [0, 1]")
    return (pixels * 255).round().astype(np.uint8)


def read_mask(
    source: Mask, height: int, width: int, rng: np.random.Generator | None = None
) -> np.ndarray:
    """The hole of a picture as (H, W) bool, True = hole.

    Args:
        source: A file, PIL picture or array in which white is the hole: values from 128
            on, or all but 0 where there are none above 1; a list of boxes (left, top,
            right, bottom) in pixels, right and bottom outside; a mask generator or the
            config of a registered one.
        height: Of the picture.
        width: Of the picture.
        rng: For a generator; seeded with 0 by default.

    Raises:
        InputError: It cannot be read, has another size, or a box has no pixel in the
            picture.
    """
    if isinstance(source, dict):
        source = build_generator(source)
    if isinstance(source, MaskGenerator):
        return source(height, width, rng or np.random.default_rng(0))
    if isinstance(source, str | os.PathLike):
        hole = mask_of_file(source)
    elif isinstance(source, Image.Image):
        hole = _mask_of_image(source)
    elif isinstance(source, np.ndarray):
        hole = _mask_of_array(source)
    else:
        return _mask_of_boxes(source, height, width)
    if hole.shape != (height, width):
        name = f" {source}" if isinstance(source, str | os.PathLike) else ""
        raise InputError(
            f"the mask{name} has {hole.shape[1]} x {hole.shape[0]} pixels and the "
            f"picture {width} x {height}; give a mask of the picture's size"
        )
    return hole


def build_generator(config: dict) -> MaskGenerator:
    """The mask generator of a config.

    Raises:
        InputError: There is no such generator, or it takes no such arguments.
    """
    options = dict(config)
    name = options.pop("type", None)
    cls = MASKS.get(name) if isinstance(name, str) else name
    if cls is None:
        known = ", ".join(sorted(MASKS.module_dict))
        raise InputError(f"no mask generator {name}; known are {known}")
    try:
        return cls(**options)
    except TypeError as error:
        raise InputError(f"{name}: {error}") from error


def mask_of_file(path: str | os.PathLike) -> np.ndarray:
    """The hole of a mask picture, (H, W) bool.

    Raises:
        InputError: It cannot be read.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return _mask_of_image(image)
    except FileNotFoundError as error:
        raise InputError(f"no mask {Path(path).resolve()}") from error
    except InputError:
        raise
    except Exception as error:  # what a broken file makes a decoder raise is open
        raise InputError(f"cannot read the mask {path}: {error}") from error


def _mask_of_image(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # sixteen bits, which Pillow would clip
        values = np.asarray(image)
        return _mask_of_array(values if values.max() <= 1 else values >= 1 << 15)
    # A palette's colours, not its numbers: optimisers order them as they like.
    return _mask_of_array(np.asarray(image.convert("L")))


def _mask_of_array(values: np.ndarray) -> np.ndarray:
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.ndim != 2:
        raise InputError(f"a mask is an array (H, W), not {values.shape}")
    if values.dtype == bool:
        return values
    return values > 0 if values.max(initial=0) <= 1 else values >= 128


def _mask_of_boxes(boxes: Boxes, height: int, width: int) -> np.ndarray:
    hole = np.zeros((height, width), bool)
    for box in boxes:
        try:
            left, top, right, bottom = (int(value) for value in box)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"a box is left, top, right, bottom in pixels, not {box!r}"
            ) from error
        inside = hole[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if not inside.size:
            raise InputError(
                f"the box {left},{top},{right},{bottom} (left, top, right, bottom) has "
                f"no pixel in a picture of {width} x {height}"
            )
        inside[...] = True
    return hole
