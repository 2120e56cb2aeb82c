"""VICReg's three terms: views agree, channels vary, and vary on their own."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.dist import get_world_size
from torch import Tensor, nn

from ce_plugin.optional import require


class VICRegLoss(nn.Module):
    """The weighted sum of invariance, variance and covariance.

    Equal to lightly's loss of that name, without boolean indexing, for which the CPU
    waits for the device.

    Args:
        invariance: Weight of the squared distance of the views.
        variance: Weight of what a channel's deviation lacks to 1, mean of the views.
        covariance: Weight of the squared covariances of different channels.
        gather: Variance and covariance are those of the pictures of all processes.

    Returns (forward):
        A scalar, of two views (B, C).

    Source: Bardes et al. 2022, "VICReg: variance-invariance-covariance regularization
    for self-supervised learning", section 4.1.

    Example:
        >>> z = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
        >>> VICRegLoss(variance=0.0)(z, z)  # covariance 2, squared, twice, both views
        tensor(8.)
    """

    def __init__(
        self,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        gather: bool = False,
    ) -> None:
        super().__init__()
        self.weights = invariance, variance, covariance
        self.gather = gather

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        invariance = F.mse_loss(first, second)
        views = [first, second]
        if self.gather and get_world_size() > 1:
            dist = require("lightly.utils.dist", "a gathered loss", "lightly")
            views = [torch.cat(dist.gather(view)) for view in views]
        variance = sum(map(lacking_deviation, views)) / 2
        covariance = sum(map(squared_covariances, views))
        terms = invariance, variance, covariance
        return sum(weight * term for weight, term in zip(self.weights, terms))


def lacking_deviation(x: Tensor) -> Tensor:
    """Shortfall of the channels' deviations from 1, mean over channels of (B, C)."""
    return F.relu(1 - (x.var(dim=0) + 1e-4).sqrt()).mean()


def squared_covariances(x: Tensor) -> Tensor:
    """Squared covariances of different channels of (B, C), their sum over C."""
    x = x - x.mean(dim=0)
    covariance = x.mT @ x / (len(x) - 1)
    same = torch.eye(x.shape[1], dtype=torch.bool, device=x.device)
    return covariance.masked_fill(same, 0).square().sum() / x.shape[1]
