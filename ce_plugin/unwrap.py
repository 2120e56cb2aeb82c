"""A network without the wrapper that distributed training puts around it."""

from __future__ import annotations

from mmengine.model import is_model_wrapper
from torch import nn


def unwrap(module: nn.Module) -> nn.Module:
    """The network inside ``module``, or ``module`` itself where nothing wraps it."""
    return module.module if is_model_wrapper(module) else module
