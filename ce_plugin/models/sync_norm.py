"""Batch norm over the batches of all processes, also on a CPU."""

from __future__ import annotations

import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce


class GlobalBatchNorm2d(nn.SyncBatchNorm):
    """``nn.SyncBatchNorm`` that also runs on a CPU.

    torch's own needs an accelerator; there it is used. On a CPU the sums are reduced
    with autograd's own all-reduce, so that the gradients of two processes are those of
    one on the joined batch.
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.is_cuda and (self.training and get_world_size() > 1):
            return super().forward(x)
        if not self.training or get_world_size() == 1:
            return nn.BatchNorm2d.forward(self, x)

        dims = (0, 2, 3)
        count = x.new_tensor([x.numel() / x.shape[1]])
        sums = all_reduce(torch.cat([x.sum(dims), x.square().sum(dims), count]))
        c, n = x.shape[1], sums[-1]
        mean = sums[:c] / n
        var = sums[c : 2 * c] / n - mean.square()
        if self.track_running_stats:
            with torch.no_grad():
                self.num_batches_tracked += 1
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var * n / (n - 1), self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        shift = self.bias - mean * scale
        return x * scale[:, None, None] + shift[:, None, None]

    def _check_input_dim(self, x: Tensor) -> None:
        if x.ndim != 4:
            raise ValueError(f"expected (B, C, H, W), got {tuple(x.shape)}")


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
