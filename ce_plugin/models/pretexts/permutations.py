"""Permutations that are far apart, for jigsaw puzzles."""

from __future__ import annotations

import functools
import itertools

import numpy as np

from ce_plugin.errors import InputError


@functools.lru_cache(maxsize=4)
def distant_permutations(count: int, length: int = 9) -> np.ndarray:
    """A set of permutations, each as far from those before as can be.

    The first is the identity. Each further one has the largest least Hamming distance
    to those chosen before (at how many places they differ), among these the largest
    mean one, among these it is the first in lexicographic order. So the set is the
    same everywhere and a longer one begins with the shorter.

    Args:
        count: At least 2.
        length: Length of the permutations, at most 9 (all are looked at).

    Returns:
        (count, length) int64; not to be written to.

    Raises:
        InputError: More than there are.

    Source: greedy as in Noroozi and Favaro 2016, algorithm 1, whose first is drawn at
    random and who look at the mean distance alone.

    Example:
        >>> distant_permutations(3, length=3).tolist()
        [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    """
    every = np.array(list(itertools.permutations(range(length))), dtype=np.uint8)
    if not 2 <= count <= len(every):
        raise InputError(
            f"permutations is from 2 to {len(every)} for {length} tiles, not {count}"
        )
    places = np.ascontiguousarray(every.T)
    least = np.full(len(every), length, dtype=np.int64)
    total = np.zeros(len(every), dtype=np.int64)
    chosen = [0]
    while len(chosen) < count:
        last = every[chosen[-1]]
        apart = np.zeros(len(every), dtype=np.uint8)
        for place, value in zip(places, last):
            apart += place != value
        np.minimum(least, apart, out=least)
        total += apart
        # One number that orders by the least distance, then by the sum of all.
        chosen.append(int(np.argmax(least * (length * count + 1) + total)))
    result = every[chosen].astype(np.int64)
    result.setflags(write=False)
    return result
