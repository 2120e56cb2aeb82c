"""Passes over views of more than one size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import torch
from torch import Tensor


def embed_crops(embed: Callable[[Tensor], Tensor], views: Sequence[Tensor]) -> Tensor:
    """The embeddings of all views, one view after the other.

    Neighbours of one size share a pass, and so the batch statistics of norms, as in the
    code of SwAV and DINO.

    Args:
        embed: From (N, 3, h, w) to (N, C).
        views: V of (B, 3, h, w), of any sizes.

    Returns:
        (V * B, C), for ``chunk(V)``.

    Example:
        >>> views = [torch.ones(2, 3, 4, 4), torch.zeros(2, 3, 2, 2)]
        >>> embed_crops(lambda x: x.mean((2, 3)), views)[:, 0]
        tensor([1., 1., 0., 0.])
    """
    groups = groupby(views, key=lambda view: view.shape[-2:])
    return torch.cat([embed(torch.cat(list(group))) for _, group in groups])
