"""Pictures of a collection whose surroundings of a hole are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ce_plugin.errors import InputError

from .collection import Index
from .descriptors import (
    EncoderDescriptor,
    describe_gradients,
    free_blocks,
    known_share,
    squash,
)
from .ranking import Ranks, rank_colours, rank_features, rank_gradients


class Neighbor(NamedTuple):
    """A picture of the collection.

    ``measure`` says what ``distance`` is one of: ``hog``, ``encoder``, or ``colour``
    where the hole leaves too little for these.
    """

    path: str
    distance: float
    measure: str


class PictureSearch:
    """Finds the nearest pictures of a collection, whatever is in the hole.

    Args:
        index: The collection's index.
        encoder: What to compare by; HOG without one.
    """

    def __init__(self, index: Index, encoder: EncoderDescriptor | None = None) -> None:
        self.index, self.encoder = index, encoder

    def __call__(
        self, pictures: Sequence[np.ndarray], holes: Sequence[np.ndarray], k: int = 1
    ) -> list[list[Neighbor]]:
        """The ``k`` nearest pictures for each query.

        Args:
            pictures: (H, W, 3) uint8 RGB each.
            holes: (H, W) bool each, True = hole, neither empty nor full.
            k: How many; fewer where the collection has fewer.

        Returns:
            For each query, the nearest first; equal distances in the order of names.

        Raises:
            InputError: ``k`` below 1.
        """
        if k < 1:
            raise InputError(f"k is 1 or more, not {k}")
        if not len(pictures):
            return []
        measures, ranks = self._rank(pictures, holes, min(k, len(self.index)))
        return [
            [Neighbor(self.index.path(r), float(d), measure) for r, d in zip(*found)]
            for measure, found in zip(measures, ranks)
        ]

    def _rank(
        self, pictures: Sequence[np.ndarray], holes: Sequence[np.ndarray], count: int
    ) -> tuple[list[str], list[Ranks]]:
        """The descriptor used for each query, and its neighbours."""
        shares = [known_share(hole) for hole in holes]
        # A squashed pixel is known if no hole pixel has gone into it.
        unknown = [share < 1 for share in shares]
        usable = [
            not u.all() if self.encoder else free_blocks(u).any() for u in unknown
        ]
        ranks: list[Ranks | None] = [None] * len(pictures)
        chosen = [i for i, fits in enumerate(usable) if fits]
        if chosen:
            thumbnails = {i: squash(_greyed(pictures[i], holes[i])) for i in chosen}
            rank = self._by_encoder if self.encoder else self._by_gradients
            found = rank(
                [thumbnails[i] for i in chosen], [unknown[i] for i in chosen], count
            )
            for i, one in zip(chosen, found):
                ranks[i] = one
        for i in range(len(pictures)):
            if ranks[i] is None:
                colours = _known_colours(pictures[i], holes[i], shares[i])
                ranks[i] = rank_colours(
                    self.index.thumbnails, colours, shares[i], count
                )
        measure = "encoder" if self.encoder else "hog"
        return [measure if fits else "colour" for fits in usable], ranks

    def _by_gradients(
        self, thumbnails: list[np.ndarray], unknown: list[np.ndarray], count: int
    ) -> list[Ranks]:
        queries = [describe_gradients(thumbnail) for thumbnail in thumbnails]
        free = [free_blocks(hole) for hole in unknown]
        return rank_gradients(self.index.gradients, queries, free, count)

    def _by_encoder(
        self, thumbnails: list[np.ndarray], unknown: list[np.ndarray], count: int
    ) -> list[Ranks]:
        groups: dict[bytes, list[int]] = {}
        for i, hole in enumerate(unknown):
            groups.setdefault(np.packbits(hole).tobytes(), []).append(i)
        ranks: list[Ranks | None] = [None] * len(unknown)
        for packed, members in groups.items():
            hole = unknown[members[0]]
            features = self.index.features(
                self.encoder.key_of(packed),
                lambda batch, hole=hole: self.encoder(batch, hole).numpy(),
            )
            queries = self.encoder(np.stack([thumbnails[i] for i in members]), hole)
            for i, found in zip(
                members, rank_features(features, queries.numpy(), count)
            ):
                ranks[i] = found
        return ranks


def _greyed(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    return np.where(hole[..., None], np.uint8(128), picture)


def _known_colours(
    picture: np.ndarray, hole: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """(128, 128, 3) float, the mean of what is known of each squashed pixel."""
    black = np.where(hole[..., None], np.uint8(0), picture)
    colours = np.float32(squash(black)) / np.maximum(share, 1e-3)[..., None]
    return np.minimum(colours, 255)
