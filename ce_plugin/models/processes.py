"""What all processes of a training have in common."""

from __future__ import annotations

from mmengine.dist import all_reduce, get_world_size
from torch import Tensor


def mean_over_processes(value: Tensor) -> Tensor:
    """The mean of what every process has, without a gradient.

    Args:
        value: Of one shape in all processes, which all have to call it.
    """
    value = value.detach()
    if get_world_size() > 1:
        value = value.clone()
        all_reduce(value, op="mean")
    return value
