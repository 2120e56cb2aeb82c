"""The bag of visual words of the whole picture, from a part of it."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.base import build
from ce_plugin.registry import MODELS

from .base import Target
from .words import VisualWords


@MODELS.register_module()
class BagOfWords(Target):
    """The histogram of the visual words of the whole picture.

    Args:
        words: The vocabulary: the config of a :class:`VisualWords`; or one that is
            built, which whoever built it fits and saves; or, inside a pretext task, the
            name of another of its targets, whose vocabulary is shared.
        root: Counts enter as their square roots, so that a large flat sky does not
            drown the rest.

    Raises:
        InputError: ``words`` is no vocabulary.

    Source: Gidaris et al. 2020, "Learning representations by predicting bags of visual
    words"; soft shares as in Gidaris et al. 2021, "OBoW".
    """

    cell = None

    def __init__(self, words: dict | nn.Module, root: bool = False) -> None:
        super().__init__()
        if isinstance(words, str):
            raise InputError(
                f"BagOfWords: words={words!r} is the name of a target, which only the "
                "pretext's own targets can be given: give a VisualWords, or the bag "
                "itself as a target, wrapped in no other"
            )
        shared = isinstance(words, nn.Module)
        words = build(words)
        if not isinstance(words, VisualWords):
            raise InputError(
                f"BagOfWords: words is a VisualWords, not {type(words).__name__}"
            )
        # A shared vocabulary stands in the checkpoint once, under its own name.
        self._shared = [words] if shared else []
        self.own = None if shared else words
        self.root = root
        self.channels = words.words

    @property
    def words(self) -> VisualWords:
        """The vocabulary."""
        return self._shared[0] if self._shared else self.own

    @property
    def ready(self) -> bool:  # type: ignore[override]
        """Whether the vocabulary is there."""
        return self.words.ready

    def fit(self, pictures, seed: int) -> None:
        """Fits its own vocabulary; a shared one is another target's."""
        if self.own is not None:
            self.own.fit(pictures, seed)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Shares (B, K) of the words of pictures in [0, 1]; they sum to 1."""
        return self.count(self.words(pictures))

    def count(self, found: Tensor) -> Tensor:
        """Shares (B, K) of word numbers (B, h, w) or of cells' shares (B, K, h, w)."""
        if found.ndim == 3:
            flat = found.flatten(1)
            counts = torch.zeros(len(flat), self.channels, device=found.device)
            counts.scatter_add_(1, flat, torch.ones_like(flat, dtype=counts.dtype))
        else:
            counts = found.sum(dim=(2, 3))
        if self.root:
            counts = counts.sqrt()
        return counts / counts.sum(dim=1, keepdim=True)

    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Cross entropy of the scores (B, K) against the shares; ``weight`` is idle."""
        return F.cross_entropy(prediction, target)

    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """The words with the largest shares or scores, in rows, at most 4 x 4."""
        side = min(4, math.isqrt(self.channels))
        best = described.topk(side**2, dim=1).indices.view(-1, side, side)
        return self.words.show(best, size)
