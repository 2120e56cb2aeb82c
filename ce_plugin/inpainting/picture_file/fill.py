"""Puts what a filler painted, 8-bit RGB, into a frame of any mode and depth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from .frame import MOST_OF_A_PALETTE, Frame, to_image


def fill_frame(
    frame: Frame,
    rgb: np.ndarray,
    hole: np.ndarray,
    keep_alpha: bool = False,
    few_colours: bool = False,
) -> tuple[Frame, tuple[str, ...]]:
    """A frame with other pixels in the hole, the same ones everywhere else.

    Args:
        frame: The frame to fill.
        rgb: (H, W, 3) uint8 RGB, of which the hole's pixels are taken.
        hole: (H, W) bool, True = hole.
        keep_alpha: The hole keeps its transparency; otherwise it becomes opaque.
        few_colours: A palette stays one: where the hole's colours find no room in it,
            the nearest are taken. Otherwise the picture becomes RGB, with a note.

    Returns:
        The frame, in the same mode and depth but for a palette that overflows, and
        notes for the user.
    """
    painted = rgb[hole]
    if frame.mode == "P":
        return _fill_palette(frame, painted, hole, keep_alpha, few_colours)
    pixels = frame.pixels.copy()
    if frame.mode == "CMYK":
        pixels[hole] = _converted(painted, "CMYK")
        return replace(frame, pixels=pixels), ()
    if frame.mode in ("1", "L", "LA"):
        painted = _converted(painted, "L")[:, None]
    values = painted.astype(np.float64) * (frame.white / 255)
    if frame.mode == "1":
        values = painted >= 128
    elif not np.issubdtype(pixels.dtype, np.floating):
        values = values.round()
    channels = pixels[..., None] if pixels.ndim == 2 else pixels
    channels[hole, : values.shape[1]] = values.astype(pixels.dtype)
    if frame.has_alpha and not keep_alpha:
        channels[hole, -1] = frame.opaque
    return replace(frame, pixels=pixels), ()


def _converted(colours: np.ndarray, mode: str) -> np.ndarray:
    """(N, 3) uint8 RGB in a mode of Pillow's: (N,) or (N, C) uint8."""
    return np.asarray(Image.fromarray(colours[None]).convert(mode))[0]


def _fill_palette(
    frame: Frame,
    painted: np.ndarray,
    hole: np.ndarray,
    keep_alpha: bool,
    few_colours: bool,
) -> tuple[Frame, tuple[str, ...]]:
    alpha = np.full(len(painted), 255, np.uint8)
    if keep_alpha and frame.alpha is not None:
        alpha = frame.alpha[hole]
    wanted = np.column_stack([painted, alpha])
    used = np.unique(frame.pixels[~hole])
    if keep_alpha:
        clear = np.flatnonzero(frame.palette[:, 3] < 255)
        used = np.union1d(used, np.intersect1d(clear, frame.pixels[hole]))
    # Numbers that only the hole had may get another colour.
    free = np.setdiff1d(np.arange(MOST_OF_A_PALETTE), used)
    new = _not_among(np.unique(wanted, axis=0), frame.palette[used])
    notes = ()
    if len(new) > len(free):
        if not few_colours:
            rgba = to_image(frame).convert("RGBA")
            mode = "RGB" if frame.alpha is None else "RGBA"
            wide = Frame(np.asarray(rgba.convert(mode)), mode)
            filled, _ = fill_frame(wide, _spread(painted, hole), hole, keep_alpha)
            return filled, (f"its colours no longer fit a palette: it is {mode} now",)
        new = _reduced(painted, len(free))
        notes = ("the hole's colours were reduced to what its palette has room for",)
    palette = np.zeros((MOST_OF_A_PALETTE, 4), np.uint8)
    palette[:, 3] = 255
    palette[: len(frame.palette)] = frame.palette
    taken = free[: len(new)]
    palette[taken] = new
    last = max(len(frame.palette), int(taken.max(initial=0)) + 1)
    pixels = frame.pixels.copy()
    pixels[hole] = _nearest(wanted, palette, np.concatenate([used, taken]))
    return replace(frame, pixels=pixels, palette=palette[:last]), notes


def _not_among(colours: np.ndarray, others: np.ndarray) -> np.ndarray:
    known = set(map(bytes, others))
    new = [colour for colour in colours if bytes(colour) not in known]
    return np.array(new, np.uint8).reshape(-1, 4)


def _spread(values: np.ndarray, hole: np.ndarray) -> np.ndarray:
    out = np.zeros((*hole.shape, values.shape[1]), values.dtype)
    out[hole] = values
    return out


def _reduced(painted: np.ndarray, count: int) -> np.ndarray:
    """(N, 4) opaque RGBA: at most ``count`` colours like those of (M, 3) RGB."""
    if not count:
        return np.zeros((0, 4), np.uint8)
    few = Image.fromarray(painted[None]).quantize(count)
    colours = np.frombuffer(bytes(few.getpalette("RGBA")), np.uint8).reshape(-1, 4)
    return colours[:count]


def _nearest(
    wanted: np.ndarray, palette: np.ndarray, allowed: np.ndarray
) -> np.ndarray:
    """The number among ``allowed`` whose colour is nearest, for (N, 4) RGBA."""
    colours, where = np.unique(wanted, axis=0, return_inverse=True)
    offered = palette[allowed].astype(np.int32)
    # Transparency weighs more than any colour.
    weights = np.array([1, 1, 1, 16], np.int32)
    found = np.empty(len(colours), np.uint8)
    for start in range(0, len(colours), 4096):  # 4096 x 256 x 4 numbers at once
        part = colours[start : start + 4096].astype(np.int32)
        distance = ((part[:, None] - offered) ** 2 * weights).sum(axis=2)
        found[start : start + 4096] = allowed[distance.argmin(axis=1)]
    return found[where.ravel()]
