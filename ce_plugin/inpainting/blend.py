"""Hides the seam of what was pasted into a hole."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve
from torch.nn import functional as F

_DIRECT = 128 * 128
"""Up to so many unknowns are solved for directly."""
_SWEEPS = 10
_DAMPING = 0.8


def blend(picture: np.ndarray, patch: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Puts a hole's pixels of one picture into another so that no edge shows.

    To the pasted pixels a membrane is added: as smooth as can be (harmonic) inside the
    hole, and at its rim the difference of the two pictures. At the picture's border,
    where nothing is known, the membrane is free. Connected parts of a hole up to 16,384
    pixels are solved exactly; larger ones coarse to fine: exact at the rim, inside off
    by half a grey level in the mean.

    Args:
        picture: (H, W, 3) uint8, known outside the hole.
        patch: (H, W, 3) uint8, known everywhere.
        hole: (H, W) bool, True = hole, not all True.

    Returns:
        (H, W, 3) uint8: the patch with the membrane in the hole, the picture elsewhere.

    Source: Perez et al. 2003, "Poisson image editing": pasting a picture's gradients is
    adding the membrane of the difference.

    Example:
        >>> hole = np.zeros((5, 5), bool)
        >>> hole[1:4, 1:4] = True
        >>> dark, light = (np.full((5, 5, 3), v, np.uint8) for v in (50, 90))
        >>> int(blend(dark, light, hole)[2, 2, 0])
        50
    """
    out = picture.copy()
    rows, columns = (np.flatnonzero(hole.any(axis)) for axis in (1, 0))
    around = tuple(slice(max(p[0] - 1, 0), p[-1] + 2) for p in (rows, columns))
    canvas, picture, patch, hole = (a[around] for a in (out, picture, patch, hole))
    labels, count = ndimage.label(hole)  # four neighbours, as the membrane has them
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    boxes = ndimage.find_objects(labels)
    groups = _grouped(sizes.tolist())
    for group in np.unique(groups):
        parts = np.flatnonzero(groups == group)
        box = tuple(
            slice(
                max(min(boxes[i][axis].start for i in parts) - 1, 0),
                max(boxes[i][axis].stop for i in parts) + 1,
            )
            for axis in (0, 1)
        )
        if len(parts) == 1:
            inside = labels[box] == parts[0] + 1
        else:
            chosen = np.concatenate([[False], groups == group])
            inside = chosen[labels[box]]
        _fill(canvas, picture, patch, inside, box)
    return out


def _grouped(sizes: list[int]) -> np.ndarray:
    """A group's number for each part, by the parts' sizes.

    Small parts go together, as many as are solved directly: thousands of specks are few
    systems. A large part is a group of its own, of a negative number.
    """
    groups = np.empty(len(sizes), int)
    group, filled = 0, 0
    for part, size in enumerate(sizes):
        if size > _DIRECT:
            groups[part] = -1 - part
            continue
        if filled + size > _DIRECT:
            group, filled = group + 1, 0
        groups[part] = group
        filled += size
    return groups


def _fill(
    out: np.ndarray,
    picture: np.ndarray,
    patch: np.ndarray,
    inside: np.ndarray,
    box: tuple[slice, slice],
) -> None:
    """Fills ``inside``, whole connected parts of the hole, in a box of ``out``."""
    rim = _beside(inside) & ~inside
    values = np.zeros((3, *inside.shape), np.float32)
    values[:, rim] = (picture[box][rim].astype(np.float32) - patch[box][rim]).T
    membrane = solve_membrane(values, rim, inside)
    pasted = patch[box][inside] + membrane[:, inside].T
    out[box][inside] = np.clip(pasted.round(), 0, 255).astype(np.uint8)


def solve_membrane(
    values: np.ndarray, rim: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """The harmonic function with given values at a rim.

    Args:
        values: (C, H, W) float32, given where ``rim`` is.
        rim: (H, W) bool.
        inside: (H, W) bool, where it is sought. Towards pixels that are neither it is
            free (no slope).

    Returns:
        (C, H, W) float32, 0 where neither is.
    """
    if inside.sum() <= _DIRECT:
        return _solve_directly(values, rim, inside)
    coarse = _halve(values, rim, inside)
    guess = _double(solve_membrane(*coarse), coarse[1] | coarse[2], inside.shape)
    guess = np.where(rim, values, guess)
    return _smooth(guess, rim, inside)


def _solve_directly(
    values: np.ndarray, rim: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    out = np.where(rim, values, np.float32(0))
    count = int(inside.sum())
    if not count:
        return out
    height, width = inside.shape
    number = np.full((height, width), -1, np.int32)
    number[inside] = np.arange(count)
    y, x = np.nonzero(inside)
    degree, right = np.zeros(count), np.zeros((count, len(values)))
    rows, columns = [], []
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        near = (y + dy).clip(0, height - 1), (x + dx).clip(0, width - 1)
        # Over the border one meets oneself again, which is no neighbour.
        other = (near[0] != y) | (near[1] != x)
        given = rim[near]
        sought = np.flatnonzero(other & inside[near])
        degree += given
        degree[sought] += 1
        right[given] += values[:, near[0], near[1]].T[given]
        rows.append(sought)
        columns.append(number[near][sought])
    rows, columns = np.concatenate(rows), np.concatenate(columns)
    beside = sparse.coo_array((np.ones(len(rows)), (rows, columns)), (count, count))
    system = (sparse.diags_array(degree) - beside).tocsc()
    out[:, inside] = spsolve(system, right).reshape(count, -1).T
    return out


def _halve(
    values: np.ndarray, rim: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same problem on cells of 2x2 pixels; a cell with rim in it is rim."""
    odd = [(0, n % 2) for n in inside.shape]
    rim, inside = np.pad(rim, odd), np.pad(inside, odd)
    total = _cells(np.pad(values, [(0, 0), *odd]) * rim)
    count = _cells(rim.astype(np.float32))
    return total / np.maximum(count, 1), count > 0, (_cells(inside) > 0) & (count == 0)


def _cells(pixels: np.ndarray) -> np.ndarray:
    """Sums over cells of 2x2 pixels."""
    rows = pixels[..., ::2, :] + pixels[..., 1::2, :]
    return rows[..., ::2] + rows[..., 1::2]


def _double(
    coarse: np.ndarray, valid: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Bilinear interpolation between the cells that have a value."""
    stacked = np.concatenate([coarse * valid, valid[None]]).astype(np.float32)
    tensor = torch.from_numpy(stacked)[None]
    fine = F.interpolate(tensor, scale_factor=2, mode="bilinear", align_corners=False)
    fine = fine[0, :, : shape[0], : shape[1]].numpy()
    return fine[:-1] / np.maximum(fine[-1], 1e-6)


def _smooth(guess: np.ndarray, rim: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """A few damped Jacobi steps: what the coarse grid could not know is local."""
    valid = (rim | inside).astype(np.float32)
    share = np.maximum(_neighbours(np.pad(valid, 1)), 1)
    step = _DAMPING * inside.astype(np.float32)
    out = guess * valid
    for channel in out:
        padded = np.pad(channel, 1)
        core = padded[1:-1, 1:-1]
        for _ in range(_SWEEPS):
            change = _neighbours(padded)
            change /= share
            change -= core
            change *= step
            core += change
        channel[:] = core
    return out


def _neighbours(padded: np.ndarray) -> np.ndarray:
    """Sum of the four neighbours of each pixel, without the padding."""
    total = padded[:-2, 1:-1].copy()
    for part in np.s_[2:, 1:-1], np.s_[1:-1, :-2], np.s_[1:-1, 2:]:
        total += padded[part]
    return total


def _beside(inside: np.ndarray) -> np.ndarray:
    """The four neighbours of all of ``inside``'s pixels."""
    out = np.zeros_like(inside)
    out[1:] |= inside[:-1]
    out[:-1] |= inside[1:]
    out[:, 1:] |= inside[:, :-1]
    out[:, :-1] |= inside[:, 1:]
    return out
