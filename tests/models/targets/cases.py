"""One row for each target of the hole; the contract test reads it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

import ce_plugin  # noqa: F401
from ce_plugin.models.targets import Target
from ce_plugin.registry import MODELS

WORDS = dict(type="VisualWords", cell=8, words=12, most_cells=500)


def same(described: Tensor) -> Tensor:
    """The best prediction of numbers: the numbers."""
    return described.clone()


def scores(words: Tensor) -> Tensor:
    """Of words: a high score for each."""
    return 20 * F.one_hot(words, 12).permute(0, 3, 1, 2).float()


def log_shares(shares: Tensor) -> Tensor:
    """Of shares: their logarithm, which the softmax gives back."""
    return (shares + 1e-6).log()


@dataclass(frozen=True)
class Case:
    """How the contract test meets a target.

    Attributes:
        config: Without its type.
        best: From a description to the prediction with the least loss.
        file: It needs an encoder's file, as ``checkpoint``.
        keeps_order: A permutation of the batch permutes the description. Not where
            shares are scaled by the batch's mean distance, or its order counts.
    """

    config: dict
    best: Callable[[Tensor], Tensor]
    file: bool = False
    keeps_order: bool = True


TARGETS = {
    "AveragedTeacher": Case(dict(comparison="l2"), same),
    "BagOfWords": Case(dict(words=WORDS), log_shares),
    "FixedNetwork": Case(dict(comparison="cosine"), same, file=True),
    "HOGTarget": Case(dict(cell=8), same),
    "OtherPicture": Case(dict(of=WORDS), scores, keeps_order=False),
    "PixelTarget": Case(dict(cell=8), same),
    "TeacherWords": Case(dict(words=12, renewed=4), log_shares, keeps_order=False),
    "VisualWords": Case({k: v for k, v in WORDS.items() if k != "type"}, scores),
}


def registered() -> dict[str, type[Target]]:
    """Every target that a config can name."""
    MODELS.import_from_location()
    return {
        name: cls
        for name, cls in MODELS.module_dict.items()
        if inspect.isclass(cls) and issubclass(cls, Target)
    }


def pictures(n: int = 6, seed: int = 0, size: int = 64) -> Tensor:
    """Smooth random pictures (n, 3, size, size) in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(n, 3, 9, 9, generator=generator)
    return F.interpolate(small, (size, size), mode="bicubic").clamp(0, 1)
