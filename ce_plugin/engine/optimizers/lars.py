"""LARS, from timm."""

from __future__ import annotations

from collections.abc import Iterable

from torch.optim import Optimizer

from ce_plugin.errors import InputError
from ce_plugin.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
def LARS(
    params: Iterable,
    lr: float,
    momentum: float = 0.9,
    weight_decay: float = 1e-6,
    trust_coefficient: float = 1e-3,
) -> Optimizer:
    """LARS, as timm has it: SGD whose step is scaled to the norm of each tensor.

    Parameters without weight decay are not scaled; so norms and biases, with
    ``paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0)``, are left as the papers
    of SimCLR and BYOL have them. lightly has the same; timm's does not make the device
    wait for the norm of each tensor.

    Args:
        params: Parameters, or groups of them.
        lr: Learning rate.
        momentum: Of the scaled steps.
        weight_decay: Added to the gradient before it is scaled.
        trust_coefficient: Length of a step, as a share of the tensor's norm, at a
            learning rate of 1.

    Raises:
        InputError: timm is missing.

    Source: You et al. 2017, "Large batch training of convolutional networks".

    Example:
        >>> import torch
        >>> type(LARS([torch.nn.Parameter(torch.zeros(3))], lr=0.2)).__name__
        'Lars'
    """
    try:
        from timm.optim import Lars
    except ImportError as error:
        raise InputError("LARS needs timm: pip install timm") from error
    return Lars(
        params,
        lr=lr,
        momentum=momentum,
        weight_decay=weight_decay,
        trust_coeff=trust_coefficient,
    )
