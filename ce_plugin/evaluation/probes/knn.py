"""Nearest neighbours on frozen features: nothing is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ce_plugin.errors import InputError

from .basis import unit_rows
from .classes import POSITIVE, ClassChoice
from .one_vs_rest import mean_of, possible_counts
from .ranking import area


def neighbour_votes(
    train: np.ndarray,
    targets: np.ndarray,
    test: np.ndarray,
    k: int,
    temperature: float = 0.07,
    chunk: int = 256,
    device: str | torch.device = "cpu",
) -> np.ndarray:
    """Share of each class in the weighted votes of the k nearest training vectors.

    Args:
        train: (N, d).
        targets: Each training vector's vote: its class (N,), or (N, classes).
        test: (M, d).
        k: Neighbours by cosine similarity s, each with weight exp(s / temperature).
        temperature: Above 0.
        chunk: Test vectors at a time: the similarities kept are (chunk, N).
        device: Where the products are taken.

    Returns:
        (M, classes) float32; weights of a row's neighbours sum to 1. Classes given by
        number go up to the largest one.

    Raises:
        InputError: k beyond the training vectors, or a temperature of 0 or below.

    Source: Wu et al. 2018, "Unsupervised feature learning via non-parametric instance
    discrimination", section 3.4.

    Example:
        >>> neighbour_votes(np.eye(2), np.arange(2), np.eye(2), k=1).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    if not 1 <= k <= len(train):
        raise InputError(f"k is 1 to {len(train)}, the training pictures, not {k}")
    if not temperature > 0:
        raise InputError(f"temperature is above 0, not {temperature}")
    bank = torch.from_numpy(unit_rows(train)).to(device)
    single = targets.ndim == 1
    kind = np.int64 if single else np.float32
    votes = torch.from_numpy(targets.astype(kind)).to(device)
    classes = int(targets.max()) + 1 if single else targets.shape[1]
    queries = torch.from_numpy(unit_rows(test))
    out: list[Tensor] = []
    for part in queries.split(chunk):
        similar, nearest = (part.to(device) @ bank.T).topk(k, dim=1)
        weights = (similar / temperature).softmax(1)
        if single:
            shares = torch.zeros(len(part), classes, device=device)
            shares.scatter_add_(1, votes[nearest], weights)
        else:
            shares = torch.einsum("bk,bkc->bc", weights, votes[nearest])
        out.append(shares.cpu())
    return torch.cat(out).numpy()


@dataclass(frozen=True)
class WeightedKNN:
    """Weighted nearest neighbours: top-1 of one label a picture, mAP of several.

    Args:
        neighbours: Values of k; those beyond the training pictures are left out.
        temperature: Temperature of the weights.
        chunk: Test vectors at a time.
        device: Where the products are taken.

    Example:
        >>> x, y = np.eye(3), np.arange(3)
        >>> WeightedKNN(neighbours=(1,)).evaluate(x, y, x, y)['neighbours']['1']['top1']
        100.0
    """

    neighbours: Sequence[int] = (20, 200)
    temperature: float = 0.07
    chunk: int = 256
    device: str | torch.device = "cpu"

    def evaluate(
        self,
        train: np.ndarray,
        train_labels: np.ndarray,
        test: np.ndarray,
        test_labels: np.ndarray,
        choice: ClassChoice | None = None,
    ) -> dict[str, Any]:
        """Figures of one layer.

        Args:
            train: (N, d).
            train_labels: (N,) class numbers, or (N, classes) in {1, 0, -1}. A difficult
                class gets no vote, and no figure from that picture in the test.
            test: (M, d).
            test_labels: (M,) or (M, classes), in the same form.
            choice: The classes that count, of several labels a picture.

        Returns:
            ``neighbours``: by k, ``top1`` in percent, or ``map`` and ``per_class`` in
            percent; ``left_out``: reason by k.

        Raises:
            InputError: No value of k is left.
        """
        reason = f"{len(train)} training pictures"
        possible, left_out = possible_counts(self.neighbours, len(train), reason)
        if not possible:
            raise InputError(f"none of k = {', '.join(left_out)} fits {reason}")
        targets = train_labels
        if train_labels.ndim == 2:
            targets = train_labels[:, choice.columns] == POSITIVE
        figures = {}
        for k in possible:
            votes = neighbour_votes(
                train, targets, test, k, self.temperature, self.chunk, self.device
            )
            if train_labels.ndim == 1:
                right = votes.argmax(1) == test_labels
                figures[str(k)] = dict(top1=100 * float(right.mean()))
            else:
                figures[str(k)] = _precisions(votes, test_labels, choice)
        return dict(neighbours=figures, left_out=left_out)


def _precisions(votes, labels, choice: ClassChoice) -> dict[str, Any]:
    per_class = {}
    for scores, name, column in zip(votes.T, choice.names, choice.columns):
        per_class[name] = dict(ap=area(scores, labels[:, column]))
    return dict(map=mean_of(per_class, "ap"), per_class=per_class)
