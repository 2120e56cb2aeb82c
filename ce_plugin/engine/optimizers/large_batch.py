"""LARS and LAMB, for large batches, from timm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch.optim import Optimizer

from ce_plugin.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
def LARS(
    params: Iterable,
    lr: float,
    momentum: float = 0.9,
    weight_decay: float = 1e-6,
    trust_coefficient: float = 1e-3,
) -> Optimizer:
    """SGD whose step is scaled to the norm of each tensor.

    Parameters without weight decay are not scaled; so norms and biases, with
    ``paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0)``, are left as the papers
    of SimCLR and BYOL have them. lightly has the same optimizer; timm's does not make
    the device wait for the norm of each tensor.

    Args:
        params: Parameters, or groups of them.
        lr: Learning rate.
        momentum: Momentum of the scaled steps.
        weight_decay: Added to the gradient before it is scaled.
        trust_coefficient: Length of a step, as a share of the tensor's norm, at a
            learning rate of 1.

    Source: You et al. 2017, "Large batch training of convolutional networks".

    Example:
        >>> import torch
        >>> type(LARS([torch.nn.Parameter(torch.zeros(3))], lr=0.2)).__name__
        'Lars'
    """
    from timm.optim import Lars

    return Lars(
        params,
        lr=lr,
        momentum=momentum,
        weight_decay=weight_decay,
        trust_coeff=trust_coefficient,
    )


@OPTIMIZERS.register_module()
def Lamb(
    params: Iterable,
    lr: float = 1e-3,
    betas: Sequence[float] = (0.9, 0.999),
    eps: float = 1e-6,
    weight_decay: float = 0.01,
    max_grad_norm: float | None = 1.0,
) -> Optimizer:
    """Adam whose step is scaled to the norm of each tensor.

    Args:
        params: Parameters, or groups of them.
        lr: Learning rate, made for large batches.
        betas: Decay rates of the two moments.
        eps: Added to the root of the second moment.
        weight_decay: Added to the direction before it is scaled.
        max_grad_norm: All gradients together are clipped to this norm; None: not.

    Source: You et al. 2020; Wightman et al. 2021 for its use on ResNets.

    Example:
        >>> import torch
        >>> type(Lamb([torch.nn.Parameter(torch.zeros(3))], lr=8e-3)).__name__
        'Lamb'
    """
    from timm.optim import Lamb as TimmLamb

    return TimmLamb(
        params,
        lr=lr,
        betas=tuple(betas),
        eps=eps,
        weight_decay=weight_decay,
        max_grad_norm=max_grad_norm,
    )
