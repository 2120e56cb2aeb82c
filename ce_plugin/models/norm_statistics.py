"""Batch norms' running statistics, taken anew on given pictures."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def take_norm_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replaces running statistics by the plain mean over batches; no weight changes.

    Nothing is asked for where the network has no such norm.

    Args:
        network: What is called with each batch; every module's mode is kept.
        batches: As the network takes them, one size or several.

    Source: re-estimation as in Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm",
    section 3.

    Example:
        >>> norm = nn.BatchNorm2d(1)
        >>> take_norm_statistics(norm, [torch.full((2, 1, 3, 3), 4.0)])
        >>> norm.running_mean.item(), norm.running_var.item()
        (4.0, 0.0)
    """
    norms = [m for m in network.modules() if isinstance(m, _BatchNorm)]
    norms = [m for m in norms if m.track_running_stats]
    if not norms:
        return
    kept = [(module, module.training) for module in network.modules()]
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        # None: the plain mean over all batches.
        norm.momentum = None
        norm.train()
    try:
        for batch in batches:
            network(batch)
    finally:
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
        for module, training in kept:
            module.training = training
