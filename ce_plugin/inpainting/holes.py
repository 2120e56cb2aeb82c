"""The holes of a picture file, from whatever says where they are."""

from __future__ import annotations

import os

import numpy as np
from PIL import Image

from ce_plugin.datasets.decoding.high_bit_depth import upright
from ce_plugin.errors import InputError
from ce_plugin.masks import MaskGenerator

from .mask_pictures import check_hole_colour, masks_of_source
from .picture_file import PictureFile
from .reading import Mask, Picture, read_mask

ALPHA = "alpha"
"""In place of a mask: the picture's transparent pixels are the hole."""


def read_holes(
    picture: PictureFile,
    source: Mask,
    rng: np.random.Generator,
    hole: str = "white",
    own: Picture | None = None,
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """One hole for each frame of a picture.

    Args:
        picture: The picture file.
        source: See :func:`~.reading.read_mask`; a mask file of as many frames as the
            picture has one for each; :data:`ALPHA` or the very file ``own`` for the
            picture's transparent pixels. A mask of the size that the picture is stored
            in, where its camera noted a rotation, is turned with it.
        rng: For a generator; each frame gets the same hole.
        hole: 'white' or 'black', what the hole is in a mask picture.
        own: Where the picture is from.

    Returns:
        (H, W) bool for each frame, True = hole, and notes for the user.

    Raises:
        InputError: It cannot be read, or does not fit the picture.
    """
    check_hole_colour(hole)
    if _is_alpha(source, own):
        return _transparent(picture)
    if isinstance(source, dict | MaskGenerator) or not isinstance(
        source, str | os.PathLike | np.ndarray | Image.Image
    ):
        state = rng.bit_generator.state
        holes = []
        for frame in picture.frames:
            rng.bit_generator.state = state
            holes.append(read_mask(source, *frame.shape, rng))
        return holes, ()
    masks = masks_of_source(source, hole, several=len(picture.frames))
    if len(masks) not in (1, len(picture.frames)):
        raise InputError(
            f"the mask{_named(source)} has {len(masks)} frames and the picture "
            f"{len(picture.frames)}; give one mask, or one for each frame"
        )
    if len(masks) == 1:
        masks *= len(picture.frames)
    pairs = [
        _turned(mask, frame.shape, picture.orientation)
        for mask, frame in zip(masks, picture.frames)
    ]
    for (mask, _), frame in zip(pairs, picture.frames):
        if mask.shape != frame.shape:
            raise InputError(
                f"the mask{_named(source)} has {mask.shape[1]} x {mask.shape[0]} "
                f"pixels and the picture {frame.shape[1]} x {frame.shape[0]}; give a "
                "mask of the picture's size"
            )
    notes = dict.fromkeys(note for _, note in pairs if note)
    return [mask for mask, _ in pairs], tuple(notes)


def _named(source: Mask) -> str:
    return f" {os.fspath(source)}" if isinstance(source, str | os.PathLike) else ""


def _is_alpha(source: Mask, own: Picture | None) -> bool:
    if isinstance(source, str) and source == ALPHA:
        return True
    if not all(isinstance(x, str | os.PathLike) for x in (source, own)):
        return source is own
    return os.path.realpath(source) == os.path.realpath(own)


def _transparent(picture: PictureFile) -> tuple[list[np.ndarray], tuple[str, ...]]:
    alphas = [frame.alpha for frame in picture.frames]
    if all(alpha is None for alpha in alphas):
        raise InputError(
            "the hole is to be what is transparent in the picture, and it has no alpha "
            "channel; give a mask of its own"
        )
    holes = [
        np.zeros(frame.shape, bool) if alpha is None else alpha < 128
        for frame, alpha in zip(picture.frames, alphas)
    ]
    if not any(hole.any() for hole in holes):
        raise InputError(
            "the picture's alpha channel has no transparent pixel (less than half "
            "opaque), there is nothing to fill"
        )
    soft = sum(
        int(np.count_nonzero((alpha >= 128) & (alpha < 255)))
        for alpha in alphas
        if alpha is not None
    )
    notes = (
        (f"{soft} pixels are half transparent or less: no hole, kept",) if soft else ()
    )
    return holes, notes


def _turned(
    mask: np.ndarray, shape: tuple[int, int], orientation: int
) -> tuple[np.ndarray, str]:
    """A mask that was painted on the stored picture, turned as the picture was."""
    if orientation == 1:
        return mask, ""
    swaps = orientation >= 5
    if mask.shape != shape and swaps and mask.shape == shape[::-1]:
        return upright(mask, orientation), ""
    if mask.shape == shape and (not swaps or shape[0] == shape[1]):
        return mask, (
            "the camera noted a rotation; the mask is taken to fit the picture as it "
            "is looked at, not as it is stored"
        )
    return mask, ""
