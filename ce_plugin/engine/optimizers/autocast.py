"""Mixed precision in bfloat16 on any device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from ce_plugin.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Runs the forward pass in bfloat16; weights and optimizer stay in float32.

    bfloat16 has float32's exponents and needs no loss scaling, so that this works on a
    CPU as well; mmengine's ``AmpOptimWrapper`` insists on an accelerator. For float16
    take that one.

    Args:
        **kwargs: Options of mmengine's ``OptimWrapper``.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, torch.bfloat16):
            yield
