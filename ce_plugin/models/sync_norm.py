"""Batch norm over the batches of all processes, also on a CPU."""

from __future__ import annotations

import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.modules.batchnorm import _BatchNorm

from ce_plugin.errors import InputError

from .layers import full_precision


class _GlobalBatchNorm(_BatchNorm):
    """Batch norm whose statistics are those of the joined batch of all processes.

    torch's ``SyncBatchNorm`` needs an accelerator. Here the sums go through autograd's
    own all-reduce, on any device, so that the gradients of two processes are those of
    one on the joined batch. In a single process it is torch's own batch norm.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or get_world_size() == 1:
            return super().forward(x)
        self._check_input_dim(x)
        full = full_precision(x)
        dims, c = (0, *range(2, x.ndim)), x.shape[1]
        shape = (c, *[1] * (x.ndim - 2))
        count = full.new_tensor([full.numel() / c])
        sums = all_reduce(torch.cat([full.sum(dims), count]))
        n = sums[-1]
        mean = sums[:c] / n
        # Around the mean, in a second pass: the mean of squares less the square of the
        # mean has no digit left where a channel is nearly constant.
        centred = full - mean.view(shape)
        var = all_reduce(centred.square().sum(dims)) / n
        if self.track_running_stats:
            self._track(mean.detach(), (var * n / (n - 1)).detach())
        scale = torch.rsqrt(var + self.eps)
        if not self.affine:
            return (centred * scale.view(shape)).to(x.dtype)
        scale = self.weight * scale
        return (centred * scale.view(shape) + self.bias.view(shape)).to(x.dtype)

    @torch.no_grad()
    def _track(self, mean: Tensor, var: Tensor) -> None:
        """Moves the running statistics; without a momentum to the plain mean."""
        self.num_batches_tracked += 1
        share = self.momentum
        if share is None:
            share = 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(var, share)


class GlobalBatchNorm1d(_GlobalBatchNorm, nn.BatchNorm1d):
    """``nn.BatchNorm1d`` over the joined batch of all processes."""


class GlobalBatchNorm2d(_GlobalBatchNorm, nn.BatchNorm2d):
    """``nn.BatchNorm2d`` over the joined batch of all processes."""


GLOBAL = {nn.BatchNorm1d: GlobalBatchNorm1d, nn.BatchNorm2d: GlobalBatchNorm2d}


def without_accelerator(module: nn.Module) -> None:
    """Makes torch's own synchronised norms, which need an accelerator, global ones.

    Of networks of pictures, in place, as :func:`synchronize_norms` does it.
    """
    for part in module.modules():
        if type(part) is nn.SyncBatchNorm:
            part.__class__ = GlobalBatchNorm2d


def synchronize_norms(module: nn.Module) -> None:
    """Makes the batch norms of ``module`` global ones, in place.

    Parameters, buffers and their names stay, so that an optimizer or a copy that a
    momentum encoder follows with may have them already.

    Raises:
        InputError: A batch norm of a kind that has no global form.
    """
    for name, part in module.named_modules():
        if type(part) in GLOBAL:
            part.__class__ = GLOBAL[type(part)]
        elif isinstance(part, _BatchNorm) and not isinstance(
            part, _GlobalBatchNorm | nn.SyncBatchNorm
        ):
            raise InputError(
                f"{name} is a {type(part).__name__}, which cannot take its statistics "
                "over all processes; leave sync_norm and sync_bn out, or take another "
                "encoder"
            )
