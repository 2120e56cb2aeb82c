"""Draws the patches that change places, for a whole batch at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ce_plugin.models.draws import below

DARTS = 1024
"""Places tried for the patches of a picture by Poisson-disc sampling."""


def uniform_pairs(
    keys: Tensor, pairs: int, free: tuple[int, int], patch: int
) -> tuple[Tensor, Tensor]:
    """Corners of pairs of patches: the two of a pair do not overlap, others may.

    The first is uniform over all places, the second over all that leave the first
    untouched.

    Args:
        keys: Random keys of the pictures, (B,); see
            :func:`ce_plugin.models.draws.random_bits`.
        pairs: Number of pairs in each picture.
        free: Number of places for a corner down and across: side - patch + 1, at least
            2 * patch each.
        patch: Side in pixels.

    Returns:
        Twice (B, pairs, 2) of y, x.
    """
    rows, columns = free
    place = below(keys, (pairs,), stream=0, limit=rows * columns)
    y, x = place // columns, place % columns
    # The places barred to the second corner are a rectangle; the others are counted
    # row by row: whole rows above it, shortened ones beside it, whole ones below.
    top, bottom = (y - patch + 1).clamp(min=0), (y + patch).clamp(max=rows)
    left, right = (x - patch + 1).clamp(min=0), (x + patch).clamp(max=columns)
    width = right - left
    beside = columns - width
    above, middle = top * columns, (bottom - top) * beside
    limit = rows * columns - (bottom - top) * width
    place = below(keys, (pairs,), stream=1, limit=limit)
    in_middle = (place >= above) & (place < above + middle)
    rest = torch.where(in_middle, place - above, place)
    rest = torch.where(place >= above + middle, place - above - middle, rest)
    length = torch.where(in_middle, beside, columns).clamp(min=1)
    row, column = rest // length, rest % length
    row = row + torch.where(in_middle, top, 0)
    row = torch.where(place >= above + middle, row + bottom, row)
    column = torch.where(in_middle & (column >= left), column + width, column)
    return torch.stack([y, x], -1), torch.stack([row, column], -1)


def poisson_pairs(
    keys: Tensor, pairs: int, free: tuple[int, int], patch: int
) -> tuple[Tensor, Tensor]:
    """Corners of pairs of patches, none of which overlaps any other.

    Poisson-disc sampling by throwing darts: places are drawn uniformly, and one is kept
    if it is at least sqrt(2) patches from all kept before. Where the picture is full
    before all pairs are found, the remaining pairs are of a patch with itself.

    Args and returns: as of :func:`uniform_pairs`.
    """
    batch, device = len(keys), keys.device
    darts = torch.stack(
        [below(keys, (DARTS,), stream=i, limit=free[i]) for i in range(2)], dim=-1
    )
    least = 2 * patch * patch
    possible = torch.ones((batch, DARTS), dtype=torch.bool, device=device)
    kept, found = [], []
    for _ in range(2 * pairs):
        found.append(possible.any(1))
        # The first that is possible: what throwing one after the other would keep.
        first = possible.to(torch.uint8).argmax(1)
        corner = darts[torch.arange(batch, device=device), first]
        kept.append(corner)
        apart = (darts - corner[:, None]).square().sum(-1)
        possible &= apart >= least
    corners = torch.stack(kept, 1).unflatten(1, (pairs, 2))
    both = torch.stack(found, 1).unflatten(1, (pairs, 2)).all(-1)
    first, second = corners.unbind(2)
    return first, torch.where(both[..., None], second, first)


def swapped_places(
    first: Tensor, second: Tensor, patch: int, height: int, width: int
) -> Tensor:
    """Where each pixel comes from after the pairs have been swapped one by one.

    Args:
        first: Corners of one patch of each pair, (B, pairs, 2) of y, x.
        second: Corners of the other patches, each apart from the first or the same.
        patch: Side in pixels.
        height: Height of the picture.
        width: Width of the picture.

    Returns:
        (B, height * width) indices into the flattened picture.
    """
    steps = torch.arange(patch, device=first.device)
    inside = (steps[:, None] * width + steps).flatten()
    source = torch.arange(height * width, device=first.device)
    source = source.repeat(len(first), 1)
    ours, theirs = (
        (corner[..., 0] * width + corner[..., 1])[..., None] + inside
        for corner in (first, second)
    )
    for one, other in zip(ours.unbind(1), theirs.unbind(1)):
        here, there = source.gather(1, one), source.gather(1, other)
        source.scatter_(1, one, there).scatter_(1, other, here)
    return source


def pairs_for(share: float, patch: float) -> int:
    """Pairs of patches of side ``patch`` (of the picture's) whose area is ``share``."""
    return math.floor(share / (2 * patch**2) + 0.5)
