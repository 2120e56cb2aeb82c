"""Losses between predicted cells and target cells."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.models.processes import mean_over_processes

MOST_CELLS = 8192
"""InfoNCE compares all cells of a batch with each other; more do not fit."""


def soft_shares(far: Tensor, softness: float, dim: int, training: bool) -> Tensor:
    """Shares of the words of each cell: the nearer, the more.

    Args:
        far: Squared distances of cells to words.
        softness: Shares are the softmax of the negative distances over ``softness``
            times their mean.
        dim: Dimension of the words.
        training: The mean is taken over all processes, which then all have to call it.
    """
    mean = far.mean()
    if training:
        mean = mean_over_processes(mean)
    return (-far / (softness * mean)).softmax(dim)


def weighted_mean(error: Tensor, weight: Tensor) -> Tensor:
    """Mean of (B, h, w) by weight (B, 1, h, w).

    The weights' sum is taken over all processes, so that the mean of the processes'
    values is the value of the joined batch. A batch in which nothing counts gives 0.
    """
    total = mean_over_processes(weight.sum())
    return (error * weight[:, 0]).sum() / total.clamp(min=1e-6)


def squared_error(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean over channels of the squared error of (B, C, h, w), by cell weight."""
    return weighted_mean((prediction - target).square().mean(dim=1), weight)


def cosine_distance(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """2 - 2 cos between prediction and target (B, C, h, w): L2 on the unit sphere."""
    cosine = F.cosine_similarity(prediction, target, dim=1)
    return weighted_mean(2 - 2 * cosine, weight)


def cross_entropy(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross entropy of scores (B, K, h, w).

    Against words (B, h, w), or shares of words (B, K, h, w).
    """
    error = F.cross_entropy(prediction, target, reduction="none")
    return weighted_mean(error, weight)


def info_nce(
    prediction: Tensor, target: Tensor, weight: Tensor, temperature: float = 0.2
) -> Tensor:
    """Each cell is found among all cells of the batch that count.

    Args:
        prediction: (B, C, h, w).
        target: (B, C, h, w).
        weight: (B, 1, h, w); cells of weight 0 neither ask nor answer.
        temperature: Temperature of the softmax over the cosines.

    Raises:
        InputError: More cells than can be compared with each other.

    Source: van den Oord et al. 2018, "Representation learning with contrastive
    predictive coding", equation (4); the batch of one process is the set of negatives.
    """
    queries = F.normalize(prediction, dim=1).permute(0, 2, 3, 1).flatten(0, 2)
    keys = F.normalize(target, dim=1).permute(0, 2, 3, 1).flatten(0, 2)
    if len(queries) > MOST_CELLS:
        raise InputError(
            f"InfoNCE compares all cells of a batch with each other, at most "
            f"{MOST_CELLS}, not {len(queries)}; take larger cells or a smaller batch"
        )
    counted = weight.flatten()
    logits = queries @ keys.T / temperature
    logits = logits.masked_fill(counted[None] == 0, float("-inf"))
    # A row that does not count has no answer among the columns; any finite one will do.
    own = torch.diagonal(logits).masked_fill(counted == 0, 0.0)
    error = torch.logsumexp(logits, dim=1).nan_to_num(neginf=0.0) - own
    error = torch.where(counted > 0, error, 0.0)
    return weighted_mean(error.view(weight[:, 0].shape), weight)


def cell_weights(mask: Tensor, cell: int | None, region: str) -> Tensor:
    """The weight of each cell: 1 or 0, (B, 1, h, w) float32.

    A cell is hidden, or visible, where all of its pixels are; others count only where
    all do.

    Args:
        mask: (B, 1, H, W) bool, True = hole.
        cell: Side of a cell in pixels; None for the whole picture, which counts.
        region: 'hole', 'visible' or 'all'.
    """
    if cell is None:
        return mask.new_ones(len(mask), 1, 1, 1, dtype=torch.float32)
    share = F.avg_pool2d(mask.float(), cell)
    if region == "all":
        return torch.ones_like(share)
    return (share == (1.0 if region == "hole" else 0.0)).float()
