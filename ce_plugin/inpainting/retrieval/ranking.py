"""The nearest of many descriptors, which stay on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .descriptors import BLOCK_SIZE

_ROWS = 1024
_SPARE = 16
"""So many more than asked for are compared exactly."""

Ranks = tuple[np.ndarray, np.ndarray]
"""Rows, the nearest first, and their distances."""


def rank_gradients(
    collection: np.ndarray,
    queries: Sequence[np.ndarray],
    free: Sequence[np.ndarray],
    count: int,
) -> list[Ranks]:
    """The nearest by gradients, each query by its own blocks.

    The distance is the root of the mean, over the blocks that count, of the squared L2
    distance of two blocks: from 0 to sqrt(2), whatever the size of the hole.

    Args:
        collection: (N, 15, 15, 36) float16, may be mapped; read once for all queries.
        queries: (15, 15, 36) float16 each.
        free: (15, 15) bool each, the blocks that count; not all False.
        count: How many neighbours each gets, at most N.
    """
    weight = np.stack([np.repeat(f.ravel(), BLOCK_SIZE) for f in free], axis=1)
    weight = weight.astype(np.float32)
    query = np.stack([q.ravel() for q in queries], axis=1).astype(np.float32) * weight
    rough = np.empty((len(collection), len(queries)), np.float32)
    for rows, part in _chunks(collection):
        rough[rows] = (part * part) @ weight - 2 * (part @ query)

    def exact(i: int, rows: np.ndarray) -> np.ndarray:
        near = collection[rows][:, free[i]].astype(np.float64)
        squares = (near - queries[i][free[i]]) ** 2
        return np.sqrt(squares.sum(axis=(1, 2)) / free[i].sum())

    return [_refine(rough[:, i], count, exact, i) for i in range(len(queries))]


def rank_features(
    collection: np.ndarray, queries: np.ndarray, count: int
) -> list[Ranks]:
    """The nearest by cosine distance, 1 - cos, from 0 to 2.

    Args:
        collection: (N, D) float16 of length 1, may be mapped; read once.
        queries: (Q, D) float32 of length 1.
        count: How many neighbours each gets, at most N.
    """
    rough = np.empty((len(collection), len(queries)), np.float32)
    for rows, part in _chunks(collection):
        rough[rows] = -part @ queries.T

    def exact(i: int, rows: np.ndarray) -> np.ndarray:
        near = collection[rows].astype(np.float64)
        # Of vectors of length 1; this way equal ones are at 0, not near it. Rounded as
        # the kept ones are.
        query = queries[i].astype(np.float16).astype(np.float64)
        return ((near - query) ** 2).sum(axis=1) / 2

    return [_refine(rough[:, i], count, exact, i) for i in range(len(queries))]


def rank_colours(
    collection: np.ndarray, query: np.ndarray, share: np.ndarray, count: int
) -> Ranks:
    """The nearest by colour, pixel by pixel.

    The distance is the root of the weighted mean of squares over pixels and colours,
    from 0 to 1.

    Args:
        collection: (N, 128, 128, 3) uint8, may be mapped.
        query: (128, 128, 3) float in 0..255.
        share: (128, 128), how much a pixel counts, in [0, 1].
        count: How many neighbours, at most N.
    """
    weight = np.repeat(share.ravel(), 3) / (3 * share.sum() * 255**2)
    weight = weight.astype(np.float32)
    query = query.ravel().astype(np.float32)
    found = np.empty(len(collection), np.float32)
    for rows, part in _chunks(collection, _ROWS // 4):
        found[rows] = np.sqrt((part - query) ** 2 @ weight)
    rows = np.argsort(found, kind="stable")[:count]
    return rows, found[rows].astype(np.float64)


def _chunks(
    collection: np.ndarray, size: int = _ROWS
) -> Iterator[tuple[slice, np.ndarray]]:
    """Rows and their descriptors as flat float32, a bounded number at a time."""
    for start in range(0, len(collection), size):
        rows = slice(start, start + size)
        part = collection[rows]
        yield rows, part.reshape(len(part), -1).astype(np.float32)


def _refine(rough: np.ndarray, count: int, exact, i: int) -> Ranks:
    """Ranks by exact distance what is near by a rounded one; ties in rows' order."""
    wanted = min(count + _SPARE, len(rough))
    rows = np.sort(np.argpartition(rough, wanted - 1)[:wanted])
    distances = exact(i, rows)
    order = np.argsort(distances, kind="stable")[:count]
    return rows[order], distances[order]
