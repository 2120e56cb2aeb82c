"""The trivial fills that every inpainting has to beat, of a batch at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ce_plugin.errors import InputError


def constant_fill(
    target: Tensor, hole: Tensor, colour: Sequence[float] = (0.5, 0.5, 0.5)
) -> Tensor:
    """The pictures with their holes in one given colour.

    Args:
        target: (B, 3, H, W) float in [0, 1].
        hole: (B, H, W) bool, True = hole.
        colour: RGB in [0, 1]; mid grey by default.

    Returns:
        A new (B, 3, H, W) tensor.

    Example:
        >>> hole = torch.tensor([[[True, False]]])
        >>> constant_fill(torch.ones(1, 3, 1, 2), hole)[0, 0]
        tensor([[0.5000, 1.0000]])
    """
    return torch.where(
        hole[:, None], target.new_tensor(colour).view(1, 3, 1, 1), target
    )


def context_mean_fill(target: Tensor, hole: Tensor) -> Tensor:
    """The pictures with each hole in the mean colour of its picture's known pixels.

    Args:
        target: (B, 3, H, W) float in [0, 1].
        hole: (B, H, W) bool, True = hole.

    Returns:
        A new (B, 3, H, W) tensor.

    Raises:
        InputError: A hole covers its whole picture.

    Example:
        >>> hole = torch.tensor([[[True, False, False]]])
        >>> picture = torch.tensor([[[[0.9, 0.2, 0.4]]]]).expand(1, 3, 1, 3)
        >>> context_mean_fill(picture, hole)[0, 0]
        tensor([[0.3000, 0.2000, 0.4000]])
    """
    known = (~hole).unsqueeze(1)
    count = known.sum((2, 3), keepdim=True)
    if bool((count == 0).any()):
        raise InputError(
            "cannot fill a hole from its context: the mask covers a whole held-out "
            "picture; lower the area or ratio of the mask generator"
        )
    mean = (target * known).sum((2, 3), keepdim=True) / count
    return torch.where(known, target, mean)
