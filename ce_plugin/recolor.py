"""Turns a prediction of normalised patches into a visible picture."""

from __future__ import annotations

from torch import Tensor


def recolor(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Gives a prediction of normalised patches the context's mean and deviation.

    The patches' own would be the truth's, which nobody has when filling a hole.

    Args:
        prediction: (B, 3, h, w).
        target: The pictures, (B, 3, H, W).
        mask: (B, 1, H, W) bool, True = hole.
    """
    known = (~mask).to(target.dtype)
    count = known.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    mean = (target * known).sum(dim=(2, 3), keepdim=True) / count
    deviation = ((target - mean) * known).square()
    std = (deviation.sum(dim=(2, 3), keepdim=True) / count).sqrt()
    return prediction * std + mean
