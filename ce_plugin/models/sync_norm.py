"""Batch norm over the batches of all processes, also on a CPU."""

from __future__ import annotations

import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

from ce_plugin.models.layers import full_precision


class GlobalBatchNorm2d(nn.BatchNorm2d):
    """Batch norm whose statistics are those of the joined batch of all processes.

    torch's ``SyncBatchNorm`` needs an accelerator. Here the sums go through autograd's
    own all-reduce, on any device, so that the gradients of two processes are those of
    one on the joined batch. In a single process it is ``nn.BatchNorm2d``.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or get_world_size() == 1:
            return super().forward(x)
        self._check_input_dim(x)
        full = full_precision(x)
        dims, c = (0, 2, 3), x.shape[1]
        count = full.new_tensor([full.numel() / c])
        sums = all_reduce(torch.cat([full.sum(dims), full.square().sum(dims), count]))
        n = sums[-1]
        mean = sums[:c] / n
        var = sums[c:-1] / n - mean.square()
        if self.track_running_stats:
            with torch.no_grad():
                self.num_batches_tracked += 1
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var * n / (n - 1), self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        shift = self.bias - mean * scale
        return (full * scale[:, None, None] + shift[:, None, None]).to(x.dtype)


def synchronize_norms(module: nn.Module) -> None:
    """Makes every batch norm of ``module`` a :class:`GlobalBatchNorm2d`, in place.

    Weights and names stay.
    """
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            norm = GlobalBatchNorm2d(child.num_features, child.eps, child.momentum)
            norm.load_state_dict(child.state_dict())
            setattr(module, name, norm.train(child.training))
        else:
            synchronize_norms(child)
