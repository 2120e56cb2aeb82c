"""A momentum network: a slow moving average of another one."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from ce_plugin.unwrap import unwrap


def follower(module: nn.Module) -> nn.Module:
    """A copy of ``module`` that no optimizer touches.

    Example:
        >>> [p.requires_grad for p in follower(nn.Linear(2, 2)).parameters()]
        [False, False]
    """
    return copy.deepcopy(module).requires_grad_(False)


@torch.no_grad()
def follow(leader: nn.Module, behind: nn.Module, momentum: float | Tensor) -> None:
    """Moves ``behind`` to ``momentum * behind + (1 - momentum) * leader``, in place.

    Parameters only: the running statistics of norms follow from the passes that the
    copy makes itself.

    Args:
        leader: The trained network, distributed or not.
        behind: The :func:`follower` of the module.
        momentum: In [0, 1]; a number, or a tensor () in float64, as it is so
            near to 1, on the networks' device.
    """
    ours = list(unwrap(leader).parameters())
    theirs = list(unwrap(behind).parameters())
    if isinstance(momentum, Tensor):
        for one, other in zip(theirs, ours):
            one.lerp_(other, (1 - momentum).to(one.dtype))
    else:
        torch._foreach_lerp_(theirs, ours, 1 - momentum)


def cosine(start: float, end: float, progress: float) -> float:
    """A value that goes from ``start`` to ``end`` along half a cosine.

    Example:
        >>> cosine(0.9, 1.0, 0.0), cosine(0.9, 1.0, 1.0)
        (0.9, 1.0)
    """
    return end - (end - start) * (math.cos(math.pi * progress) + 1) / 2
