"""Groups holes that are filled together, with the part of the picture they see."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

Box = tuple[slice, slice]


def groups(hole: np.ndarray, cell: int) -> list[tuple[Box, np.ndarray]]:
    """Holes that are filled together.

    Those that are connected, diagonally too; and small ones in the same square of a
    grid, so that a thousand specks are not a thousand completions.

    Args:
        hole: (H, W) bool, True = hole.
        cell: Side of the grid's squares in pixels; larger holes stand alone.

    Returns:
        For each group, the one with the fewest pixels first, its bounding box in the
        picture and its pixels (bool, of the box's size).

    Example:
        >>> two = np.array([[True, False, False, True]])
        >>> [len(groups(two, cell)) for cell in (2, 8)]
        [2, 1]
    """
    whole = _bounds(hole)
    top, left = whole[0].start, whole[1].start
    labels, count = ndimage.label(hole[whole], np.ones((3, 3)))
    keys: dict[tuple, int] = {}
    group = np.zeros(count + 1, labels.dtype)
    for label, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        small = max(rows.stop - rows.start, columns.stop - columns.start) <= cell
        centre = (rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2
        key = (centre[0] // cell, centre[1] // cell) if small else (label,)
        group[label] = keys.setdefault(key, len(keys) + 1)
    labels = group[labels]
    found = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        box = (
            slice(top + rows.start, top + rows.stop),
            slice(left + columns.start, left + columns.stop),
        )
        found.append((box, labels[rows, columns] == number))
    return sorted(found, key=lambda pair: int(pair[1].sum()))


def windows(box: Box, shape: tuple[int, int], side: int) -> Iterator[Box]:
    """Larger and larger windows around a hole, the whole picture last.

    Args:
        box: The hole's bounding box.
        shape: The picture's height and width.
        side: Least side of the first one in pixels, the picture allowing. Around a
            hole of more than half of that it is twice the hole, at most ``side`` more.

    Yields:
        Windows that lie in the picture; at its border they reach the further inwards.

    Example:
        >>> list(windows((slice(0, 2), slice(4, 6)), (8, 8), 4))[0]
        (slice(0, 4, None), slice(3, 7, None))
    """
    sides = []
    for part in box:
        extent = part.stop - part.start
        sides.append(max(side, min(2 * extent, extent + side)))
    while True:
        window = tuple(_around(*each) for each in zip(box, sides, shape, strict=True))
        yield window
        if all(s >= whole for s, whole in zip(sides, shape, strict=True)):
            return
        sides = [2 * s for s in sides]


def _around(part: slice, side: int, whole: int) -> slice:
    side = min(side, whole)
    start = (part.start + part.stop - side) // 2
    start = min(max(start, 0), whole - side)
    return slice(start, start + side)


def _bounds(mask: np.ndarray) -> Box:
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
