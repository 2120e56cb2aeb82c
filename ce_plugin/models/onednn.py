"""Matrix products of large weights by oneDNN, on CPUs where MKL is the slower one."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

LEAST = 2**20
"""Numbers in a weight from which on it is worth while."""


def product(x: Tensor, weight: Tensor) -> Tensor:
    """``F.linear(x, weight)``, and its gradients, by the faster library.

    torch gives float32 products on a CPU to MKL, which leaves half the width of an AMD
    processor's registers unused; oneDNN, to which it gives convolutions, does not. Of
    the bottleneck's products (64 x 8192 by 8192 x 4000) MKL makes 80 GFLOP/s on a core
    of an EPYC and oneDNN 150 to 230.

    Args:
        x: (B, in).
        weight: (out, in); may be a transposed view.

    Returns:
        (B, out). What is not float32 on a CPU, small, traced or in mixed precision goes
        to ``F.linear``.
    """
    fast = (
        type(x) is Tensor
        and x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and weight.numel() >= LEAST
        and torch.backends.mkldnn.is_available()
        and torch.backends.mkldnn.enabled
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
        and torch.is_grad_enabled()
        # No public name: a torch that has dropped it multiplies as usual.
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )
    return _Product.apply(x, weight) if fast else F.linear(x, weight)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _by_onednn(x, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        of_x, of_weight = ctx.needs_input_grad
        return (
            _by_onednn(gradient, weight.mT) if of_x else None,
            _weight_gradient(gradient, x, weight) if of_weight else None,
        )


def _weight_gradient(gradient: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    """The gradient in the memory order of the weight, which saves a transposition."""
    if weight.is_contiguous():
        return _by_onednn(gradient.mT.contiguous(), x.mT)
    return _by_onednn(x.mT.contiguous(), gradient.mT).mT


def _by_onednn(a: Tensor, b: Tensor) -> Tensor:
    """``a @ b.mT``; the operator that torch.compile puts in the place of linear."""
    return torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], "")
