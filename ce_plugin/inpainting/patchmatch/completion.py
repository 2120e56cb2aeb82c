"""Completing a window, coarse to fine."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .field import Matching, patches_within, search
from .levels import Level

_FALL = 1.3  # a pixel further into the hole is trusted that much less ...
_LEAST = 1e-3  # ... down to this
_FIRST_JUMPS = (8, 4, 2, 1)  # from a random field to a good one
_JUMPS = (2, 1)  # from a good one to a better
_SHARP = 25, 10  # percentile of the distances that a vote still counts; at the end


def vote(
    image: np.ndarray,
    hole: np.ndarray,
    targets: np.ndarray,
    field: np.ndarray,
    weights: np.ndarray,
    size: int,
) -> np.ndarray:
    """The vote on each pixel of the patches that cover it.

    Args:
        image: (H, W, C) float32.
        hole: (H, W) bool.
        targets: (N, 2) patches; each pixel of the hole is in at least one.
        field: (N, 2) the patch that each is taken to look like.
        weights: (N,) float32, positive.
        size: Side of a patch in pixels.

    Returns:
        A new image, in which each pixel of the hole is the weighted mean of what stands
        in its place in the patches matched with those that cover it.

    Source: Wexler et al. 2007, Space-Time Completion of Video, section 3.2.
    """
    width, channels = image.shape[1:]
    pixels = image.reshape(-1, channels)
    total = np.zeros_like(pixels)
    weight = np.zeros(len(pixels), np.float32)
    target = targets[:, 0] * width + targets[:, 1]
    source = field[:, 0] * width + field[:, 1]
    for y, x in np.ndindex(size, size):
        offset = y * width + x
        votes = pixels.take(source + offset, axis=0)
        votes *= weights[:, None]
        # No two patches have the same pixel at the same offset: += counts them all.
        total[target + offset] += votes
        weight[target + offset] += weights
    out = image.copy()
    inside = hole.ravel()
    out[hole] = total[inside] / weight[inside, None]
    return out


def matching_of(level: Level, size: int) -> Matching:
    """The patches that overlap the hole, those that are wholly known, and the trust."""
    depth = ndimage.distance_transform_edt(~level.seen).astype(np.float32)
    trust = np.maximum(_FALL**-depth, _LEAST) * (level.seen | level.hole)
    return Matching(
        level.image,
        trust.astype(np.float32, copy=False),
        ~patches_within(~level.hole, size),
        patches_within(level.source, size),
        size,
    )


def complete(
    levels: list[Level], size: int, rng: np.random.Generator, rounds: tuple[int, int]
) -> np.ndarray:
    """Fills the hole of a window.

    At each level in turn patches are matched and vote, again and again. The next finer
    level takes over the matches, not the colours, and so starts as sharp as it can be.

    Args:
        levels: The window, finest first, each with a source and a hole; the coarsest
            one's image has the start in its hole, what is in the others' does not
            matter.
        size: Side of a patch in pixels.
        rng: Draws the search.
        rounds: Number of rounds of matching and voting, at the coarsest and at the
            finest level; those between have numbers between.

    Returns:
        (H, W, C) float32, the finest image with its hole filled.

    Source: Wexler et al. 2007, section 3; Barnes et al. 2009, section 4.
    """
    coarser = None
    steps = len(levels) - 1
    for index in reversed(range(len(levels))):
        level = levels[index]
        matching = matching_of(level, size)
        centres = matching.targets + size // 2
        certain = matching.trust[centres[:, 0], centres[:, 1]].clip(_LEAST)

        def poll(field, weights, level=level, matching=matching):
            return vote(level.image, level.hole, matching.targets, field, weights, size)

        if coarser is None:
            field = matching.random_field(rng)
        else:
            field = finer_field(*coarser, matching)
            matching.image = poll(field, certain)
        share = index / steps if steps else 1
        turns = round(rounds[1] + share * (rounds[0] - rounds[1]))
        for turn in range(turns):
            distances = matching.distances(field)
            random = coarser is None and turn == 0
            for jump in _FIRST_JUMPS if random else _JUMPS:
                field, distances = search(matching, field, distances, rng, jump)
            last = index == 0 and turn == turns - 1
            scale = max(float(np.percentile(distances, _SHARP[last])), 1.0)
            # No smaller than e^-60, for a pixel with none but bad votes needs them.
            like = np.exp(-np.minimum(distances / (2 * scale), 60))
            matching.image = poll(field, certain * like)
        coarser = (matching, field)
    return matching.image


def finer_field(coarse: Matching, field: np.ndarray, fine: Matching) -> np.ndarray:
    """The field of a level from that of the next coarser one.

    Each target takes, twice as long, the shift of the coarse target that shows the
    same place, or of the nearest one where a thin part of the hole was lost on the way.

    Args:
        coarse: The coarser level.
        field: (M, 2) its field.
        fine: The finer level.

    Returns:
        (N, 2) a source for each target of the finer level.
    """
    half = fine.size // 2
    there = (fine.targets + half) // 2 - half
    there = np.clip(there, 0, np.array(coarse.is_target.shape) - 1)
    nearest = ndimage.distance_transform_edt(
        ~coarse.is_target, return_distances=False, return_indices=True
    )
    y, x = nearest[:, there[:, 0], there[:, 1]]
    shift = (field - coarse.targets)[coarse.number[y, x]]
    return fine.snap(fine.targets + 2 * shift)
