"""Square cut-outs around holes, in which a network of one size can work."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import cv2
import numpy as np
from scipy import ndimage

from .trained_holes import TrainedHoles, depth

_ROOM = 1.25  # a window's side to the longer side of a hole that is anything but square
_TOLERANCE = 1.1  # drawing some holes shows not quite the largest
_EVERYWHERE = np.ones((3, 3), bool)  # diagonal neighbours belong together


@dataclass(frozen=True)
class Window:
    """A square of a picture, and the part of its hole that is filled from it.

    Attributes:
        top: First row; negative where the window reaches out of the picture.
        left: First column, likewise.
        side: Side of the window, in pixels of the picture.
        own: (height, width) bool of the hole's bounding box, what is filled here.
        at: Top and left of that box in the picture.
        notes: In what the hole is unlike those of the training.
    """

    top: int
    left: int
    side: int
    own: np.ndarray
    at: tuple[int, int]
    notes: tuple[str, ...]


def find_windows(hole: np.ndarray, trained: TrainedHoles) -> list[Window]:
    """Windows that together fill a hole of any shape, in any number of parts.

    A window is chosen for the largest part that has none yet, so that the part has the
    share, the depth and the place that holes had in training as nearly as the picture
    allows; other parts that this window holds whole are filled from it too. It is not
    smaller than the network's size where the picture is not: nothing is enlarged
    without need.

    Args:
        hole: (H, W) bool, True = hole.
        trained: What the network knows.
    """
    rows, columns = (np.flatnonzero(hole.any(axis)) for axis in (1, 0))
    y0, x0 = rows[0], columns[0]
    inner = hole[y0 : rows[-1] + 1, x0 : columns[-1] + 1]
    labels, count = ndimage.label(inner, _EVERYWHERE)
    boxes = ndimage.find_objects(labels)
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    starts = np.array([[b[0].start + y0, b[1].start + x0] for b in boxes])
    stops = np.array([[b[0].stop + y0, b[1].stop + x0] for b in boxes])
    waiting = np.ones(count, bool)
    found = []
    for first in np.argsort(-areas, kind="stable"):
        if not waiting[first]:
            continue
        part = labels[boxes[first]] == first + 1
        at = starts[first]
        top, left, side, notes = _choose(part, at, hole.shape, trained)
        factor = side / trained.size
        box = np.array(trained.box) * factor
        low = np.array([top + box[0], left + box[2]])
        high = np.array([top + box[1], left + box[3]])
        held = waiting & (starts >= low).all(axis=1) & (stops <= high).all(axis=1)
        held[first] = True
        waiting &= ~held
        start, stop = starts[held].min(axis=0), stops[held].max(axis=0)
        area = labels[start[0] - y0 : stop[0] - y0, start[1] - x0 : stop[1] - x0]
        own = np.isin(area, np.flatnonzero(held) + 1)
        found.append(Window(top, left, side, own, tuple(start.tolist()), notes))
    return found


def _choose(
    part: np.ndarray, at: np.ndarray, shape: tuple[int, int], trained: TrainedHoles
) -> tuple[int, int, int, tuple[str, ...]]:
    """Top, left and side of the window for one part, and notes."""
    size = trained.size
    extent = np.array(part.shape)
    top, bottom, left, right = trained.box
    room = np.array([bottom - top, right - left]) / size
    # Known pixels are around the part wherever the picture goes on.
    around = [
        (int(start > 0), int(start + n < length))
        for start, n, length in zip(at, extent, shape)
    ]
    deepest = depth(np.pad(part, around))
    if trained.fixed is None:
        wanted = max(
            _ROOM * extent.max(),
            sqrt(part.sum() / trained.share),
            deepest / trained.depth,
        )
        least = extent.max()
    else:
        wanted = least = ceil((extent / room).max())
    side = max(ceil(wanted), size)
    # Not beyond the picture, unless the hole itself asks for it.
    side = max(min(side, *shape), least)

    box_low, box_high = np.array([top, left]) / size, np.array([bottom, right]) / size
    # Where the window may start so that the hole lies where holes were; places are
    # whole pixels, for which the window may have to be a little larger.
    while True:
        low = np.ceil(at + extent - box_high * side).astype(int)
        high = np.floor(at - box_low * side).astype(int)
        if (low <= high).all():
            break
        side += 1
    middle = np.round(at + extent / 2 - side * (box_low + box_high) / 2).astype(int)
    middle = np.clip(middle, low, high)
    inside = np.maximum(low, 0), np.minimum(high, np.array(shape) - side)
    fits = inside[0] <= inside[1]
    middle[fits] = np.clip(middle, *inside)[fits]
    corner = middle.tolist()

    notes = []
    if trained.fixed is not None and _reaches_out(corner, side, shape):
        notes.append(
            "a hole at the border or too large for the picture: the network was "
            "trained with known pixels on all sides of it, here they are mirrored"
        )
    if trained.fixed is None:
        share = part.sum() / side**2
        if share > trained.largest_share * _TOLERANCE:
            notes.append(
                f"a hole of {share:.0%} of what the network sees at once: it was "
                f"trained with up to {trained.largest_share:.0%}"
            )
        deep = deepest / side
        if deep > trained.depth * _TOLERANCE:
            notes.append(
                f"a hole {deep:.0%} deep (of the side of what the network sees): it "
                f"was trained with up to {trained.depth:.0%}"
            )
    return corner[0], corner[1], side, tuple(notes)


def _reaches_out(corner: list[int], side: int, shape: tuple[int, int]) -> bool:
    return any(c < 0 or c + side > s for c, s in zip(corner, shape))


def _mirrored(start: int, count: int, length: int) -> np.ndarray:
    """Indices of ``count`` pixels from ``start`` on, mirrored at the borders."""
    period = 2 * length
    found = np.arange(start, start + count) % period
    return np.where(found < length, found, period - 1 - found)


def cut(
    picture: np.ndarray, hole: np.ndarray, window: Window, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """A window at the network's size.

    Every pixel of it is the mean of known pixels only; one that a hole's pixel goes
    into is hole.

    Args:
        picture: (H, W, 3) uint8.
        hole: (H, W) bool, True = hole.
        window: Which; beyond the picture it is mirrored.
        size: Side of the result in pixels.

    Returns:
        (size, size, 3) uint8, and the hole (size, size) bool.
    """
    rows = _mirrored(window.top, window.side, picture.shape[0])
    columns = _mirrored(window.left, window.side, picture.shape[1])
    crop = picture[rows[:, None], columns]
    known = ~hole[rows[:, None], columns]
    if window.side == size:
        return crop, ~known
    how = cv2.INTER_AREA if window.side > size else cv2.INTER_LINEAR
    weight = known.astype(np.float32)
    share = cv2.resize(weight, (size, size), interpolation=how)
    colour = crop * weight[..., None]
    colour = cv2.resize(colour, (size, size), interpolation=how)
    colour /= np.maximum(share, 1e-6)[..., None]
    return np.clip(colour.round(), 0, 255).astype(np.uint8), share < 1 - 1e-4


def paste(
    canvas: np.ndarray,
    prediction: np.ndarray,
    painted: tuple[slice, slice],
    hole: np.ndarray,
    window: Window,
) -> None:
    """Puts a prediction back to where its window was, in place.

    Args:
        canvas: (H, W, 3) uint8.
        prediction: (size, size, 3) uint8, the whole window.
        painted: Rows and columns of it that the network has painted.
        hole: (H, W) bool; of its pixels only the window's own are written.
        window: The window.
    """
    size, side = len(prediction), window.side
    if side != size:
        how = cv2.INTER_AREA if side < size else cv2.INTER_CUBIC
        prediction = cv2.resize(prediction, (side, side), interpolation=how)
    low = [int(np.floor(s.start * side / size)) for s in painted]
    high = [int(np.ceil(s.stop * side / size)) for s in painted]
    corner = window.top, window.left
    # The painted part that lies in the picture, in the picture's coordinates.
    start = [max(c + a, 0) for c, a in zip(corner, low)]
    stop = [min(c + b, n) for c, b, n in zip(corner, high, hole.shape)]
    place = tuple(slice(a, b) for a, b in zip(start, stop))
    source = tuple(slice(a - c, b - c) for a, b, c in zip(start, stop, corner))
    writable = ~hole[place]
    own = np.zeros_like(writable)
    y, x = window.at[0] - start[0], window.at[1] - start[1]
    h, w = window.own.shape
    own[y : y + h, x : x + w] = window.own
    canvas[place] = np.where(
        (writable | own)[..., None], prediction[source], canvas[place]
    )
