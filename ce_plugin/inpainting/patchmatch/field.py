"""The nearest-neighbour field: for each patch the known patch that looks most like it.

A patch is named by its upper left pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

_CHUNK = 4096  # patches looked at together: a few MB, which stay in the cache
_NEIGHBOURS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])


def patch_view(image: np.ndarray, size: int) -> np.ndarray:
    """All patches of an image, without a copy.

    Args:
        image: (H, W, C), contiguous.
        size: Side of a patch in pixels.

    Returns:
        (H - size + 1, W - size + 1, size, size * C) view: the rows of each patch.

    Example:
        >>> patch_view(np.zeros((9, 8, 3)), 7).shape
        (3, 2, 7, 21)
    """
    height, width, channels = image.shape
    rows = image.reshape(height, width * channels)
    return sliding_window_view(rows, (size, size * channels))[:, ::channels]


def patches_within(mask: np.ndarray, size: int) -> np.ndarray:
    """The patches that lie wholly in a mask.

    Args:
        mask: (H, W) bool.
        size: Side of a patch, at most ``min(H, W)``.

    Returns:
        (H - size + 1, W - size + 1) bool.

    Example:
        >>> patches_within(np.array([[True, True, False]] * 2), 2).tolist()
        [[True, False]]
    """
    least = mask.astype(np.uint8)
    for axis in (0, 1):
        least = ndimage.minimum_filter1d(
            least, size, axis=axis, origin=-((size - 1) // 2) - (size % 2 == 0)
        )
    height, width = mask.shape
    return least[: height - size + 1, : width - size + 1].astype(bool)


@dataclass
class Matching:
    """The patches to match: targets and sources.

    Attributes:
        image: (H, W, 3) float32.
        trust: (H, W) float32 in [0, 1], what a pixel of a target counts.
        is_target: (H - size + 1, W - size + 1) bool, patches that want a match.
        is_source: The same form, patches that may be one; at least one is.
        size: Side of a patch in pixels.
    """

    image: np.ndarray
    trust: np.ndarray
    is_target: np.ndarray
    is_source: np.ndarray
    size: int

    @cached_property
    def targets(self) -> np.ndarray:
        """(N, 2) row and column of each target."""
        return np.argwhere(self.is_target)

    @cached_property
    def sources(self) -> np.ndarray:
        """(M, 2) row and column of each source."""
        return np.argwhere(self.is_source)

    @cached_property
    def number(self) -> np.ndarray:
        """The index of a patch in ``targets``, -1 for one that is none."""
        number = np.full(self.is_target.shape, -1, np.int32)
        number[self.is_target] = np.arange(len(self.targets))
        return number

    def random_field(self, rng: np.random.Generator) -> np.ndarray:
        """(N, 2): a source for each target, all as likely."""
        return self.sources[rng.integers(len(self.sources), size=len(self.targets))]

    def snap(self, wanted: np.ndarray) -> np.ndarray:
        """(N, 2): the sources nearest to positions wherever they are."""
        nearest = ndimage.distance_transform_edt(
            ~self.is_source, return_distances=False, return_indices=True
        )
        inside = np.clip(wanted, 0, np.array(self.is_source.shape) - 1)
        return nearest[:, inside[:, 0], inside[:, 1]].T

    def distances(self, field: np.ndarray) -> np.ndarray:
        """The distance of each target from its source.

        Args:
            field: (N, 2) a source for each target.

        Returns:
            (N,) float32: mean over the target's pixels, weighted by ``trust``, of the
            squared differences summed over the colours.
        """
        out = np.empty(len(field), np.float32)
        for chunk in self.chunks():
            out[chunk] = self.compare(chunk)(field[chunk])
        return out

    def chunks(self) -> list[slice]:
        """The targets in portions."""
        return [slice(i, i + _CHUNK) for i in range(0, len(self.targets), _CHUNK)]

    def compare(self, chunk: slice) -> Callable[..., np.ndarray]:
        """A function of (sources, of): the distances of targets of one portion.

        ``of`` is which of the portion's targets, in the order of the sources; all by
        default. Their patches are at hand, so that it may be called often.
        """
        patches = patch_view(self.image, self.size)
        rows, columns = self.targets[chunk].T
        target = patches[rows, columns]
        weight = patch_view(self.trust[..., None], self.size)[rows, columns]
        weight = weight / np.maximum(weight.sum((1, 2), keepdims=True), 1e-12)
        root = np.repeat(np.sqrt(weight), self.image.shape[2], axis=2)

        def distance(source: np.ndarray, of: np.ndarray | slice = slice(None)):
            difference = patches[source[:, 0], source[:, 1]]
            difference -= target[of]
            difference *= root[of]
            flat = difference.reshape(len(difference), root[0].size)
            return np.einsum("nk,nk->n", flat, flat)

        return distance


def search(
    matching: Matching,
    field: np.ndarray,
    distances: np.ndarray,
    rng: np.random.Generator,
    jump: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """One round of PatchMatch: propagation, then random search.

    All targets look at their neighbours at once, at what these had before the round:
    the sequential scan of the paper, in which a good match runs through the picture in
    one sweep, would be a Python loop. Jumps of 8, 4, 2, 1 in turn make up for that.

    Args:
        matching: Targets and sources.
        field: (N, 2) a source for each target.
        distances: (N,) theirs.
        rng: Draws the random search.
        jump: How far away the neighbours are, in pixels.

    Returns:
        A new field and its distances, for no target larger than before.

    Source: Barnes et al. 2009, PatchMatch, section 3.2, with alpha = 1/2.
    """
    new_field, new_distances = field.copy(), distances.copy()
    for chunk in matching.chunks():
        # Views, written in place; neighbours are looked up in the old field.
        round_ = _Round(matching, chunk, new_field[chunk], new_distances[chunk])
        round_.propagate(field, jump)
        round_.search(rng)
    return new_field, new_distances


class _Round:
    """One round for some of the targets.

    Args:
        matching: Targets and sources.
        chunk: Which targets.
        match: (n, 2) their sources, replaced in place by better ones.
        best: (n,) the distances, likewise.
    """

    def __init__(
        self, matching: Matching, chunk: slice, match: np.ndarray, best: np.ndarray
    ) -> None:
        self.matching = matching
        self.at = matching.targets[chunk]
        self.match = match
        self.best = best
        self.distance = matching.compare(chunk)
        self.bounds = np.array(matching.is_source.shape)

    def consider(self, who: np.ndarray, candidate: np.ndarray) -> None:
        """Takes candidates that are sources and nearer than the present ones."""
        inside = ((candidate >= 0) & (candidate < self.bounds)).all(axis=1)
        who, candidate = who[inside], candidate[inside]
        useful = self.matching.is_source[candidate[:, 0], candidate[:, 1]]
        useful &= (candidate != self.match[who]).any(axis=1)
        who, candidate = who[useful], candidate[useful]
        found = self.distance(candidate, who)
        better = found < self.best[who]
        self.best[who[better]] = found[better]
        self.match[who[better]] = candidate[better]

    def propagate(self, field: np.ndarray, jump: int) -> None:
        """Tries what lies beside the matches of the four neighbours."""
        for step in _NEIGHBOURS * jump:
            beside = self.at + step
            who = np.flatnonzero(((beside >= 0) & (beside < self.bounds)).all(axis=1))
            neighbour = self.matching.number[beside[who, 0], beside[who, 1]]
            is_target = neighbour >= 0
            self.consider(who[is_target], field[neighbour[is_target]] - step)

    def search(self, rng: np.random.Generator) -> None:
        """Tries random places, nearer and nearer to the match."""
        everyone = np.arange(len(self.at))
        radius = float(self.bounds.max())
        while radius >= 1:
            offset = np.rint(rng.uniform(-radius, radius, self.match.shape))
            self.consider(everyone, self.match + offset.astype(self.match.dtype))
            radius /= 2
