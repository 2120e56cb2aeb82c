"""LAMB, from timm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch.optim import Optimizer

from ce_plugin.errors import InputError
from ce_plugin.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
def Lamb(
    params: Iterable,
    lr: float = 1e-3,
    betas: Sequence[float] = (0.9, 0.999),
    eps: float = 1e-6,
    weight_decay: float = 0.01,
    max_grad_norm: float | None = 1.0,
) -> Optimizer:
    """LAMB, as timm has it: Adam whose step is scaled to the norm of each tensor.

    Args:
        params: Parameters, or groups of them.
        lr: Learning rate, made for large batches.
        betas: Of the two moments.
        eps: Added to the root of the second moment.
        weight_decay: Added to the direction before it is scaled.
        max_grad_norm: All gradients together are clipped to this norm; None: not.

    Raises:
        InputError: timm is missing.

    Source: You et al. 2020; Wightman et al. 2021 for its use on ResNets.

    Example:
        >>> import torch
        >>> type(Lamb([torch.nn.Parameter(torch.zeros(3))], lr=8e-3)).__name__
        'Lamb'
    """
    try:
        from timm.optim import Lamb as TimmLamb
    except ImportError as error:
        raise InputError("Lamb needs timm: pip install timm") from error
    return TimmLamb(
        params,
        lr=lr,
        betas=tuple(betas),
        eps=eps,
        weight_decay=weight_decay,
        max_grad_norm=max_grad_norm,
    )
