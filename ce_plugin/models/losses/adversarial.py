"""The adversarial loss on logits, and how it is weighed against reconstruction."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import full_precision
from ce_plugin.registry import MODELS


@MODELS.register_module()
class AdversarialLoss(nn.Module):
    """Binary cross entropy of the discriminator's logits, mean over the batch.

    The generator's part is the non-saturating one: its fakes are to be called real.

    Source: released code (train.lua); there on a sigmoid's output.

    Example:
        >>> import torch
        >>> round(AdversarialLoss()(torch.zeros(4, 1), real=True).item(), 4)
        0.6931
    """

    def forward(self, logits: Tensor, real: bool) -> Tensor:
        """Loss of ``logits`` (B, 1) against ``real``: a scalar, at least float32."""
        logits = full_precision(logits)
        # softplus(-x) = -log sigmoid(x); no target tensor is needed.
        return F.softplus(-logits if real else logits).mean()


def joint_weights(reconstruction_weight: float) -> tuple[float, float]:
    """Weights (reconstruction, adversarial) of the released code for its ``wtl2``.

    Args:
        reconstruction_weight: lambda. Between 0 and 1 the adversarial weight is
            1 - lambda (paper: .999 and .001); from 1 on it is 1; at 0 there is no
            reconstruction loss at all.

    Raises:
        InputError: lambda is negative or not a number.

    Example:
        >>> joint_weights(0.75)
        (0.75, 0.25)
        >>> joint_weights(2.0)
        (2.0, 1.0)
    """
    lam = reconstruction_weight
    if not lam >= 0:
        raise InputError(f"reconstruction_weight is at least 0, not {lam}")
    return (lam, 1 - lam) if lam < 1 else (lam, 1.0)


def generator_lr_factor(reconstruction_weight: float) -> float:
    """The generator's learning rate over the discriminator's in the released code.

    10 where both losses are mixed (0 < lambda < 1), else 1.

    Example:
        >>> [generator_lr_factor(lam) for lam in (0.999, 0.0, 1.0)]
        [10.0, 1.0, 1.0]
    """
    return 10.0 if 0 < reconstruction_weight < 1 else 1.0
