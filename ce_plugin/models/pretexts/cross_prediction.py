"""The loss of tasks that predict from each view the projection of the other."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F

from .base import in_float32


def cross_prediction(
    features: Tensor, predicted: Sequence[Tensor], targets: Sequence[Tensor]
) -> dict[str, Tensor]:
    """Negative cosine similarity of predictions and the other view's targets.

    Args:
        features: The encoder's, of the first view, (B, C).
        predicted: Predictions from the first and from the second view, (B, D) each.
        targets: Projections of the first and of the second view, (B, D) each, through
            which no gradient flows.

    Returns:
        ``loss_similarity`` in [-1, 1], the mean of both directions, and
        ``feature_std``, which is not optimised: the deviation of the features of length
        1 over the batch, near 1 / sqrt(C) where all is well and 0 where they have
        collapsed.

    Source: Chen and He 2021, "Exploring simple Siamese representation learning",
    equations 1 to 4 and figure 2.

    Example:
        >>> import torch
        >>> x = torch.eye(4)
        >>> float(cross_prediction(x, [x, x], [x, x])['loss_similarity'])
        -1.0
    """
    with in_float32(features, *predicted, *targets) as (seen, p, q, u, v):
        first = F.cosine_similarity(p, v.detach()).mean()
        second = F.cosine_similarity(q, u.detach()).mean()
        spread = F.normalize(seen.detach()).std(dim=0).mean()
    return dict(loss_similarity=-(first + second) / 2, feature_std=spread)
