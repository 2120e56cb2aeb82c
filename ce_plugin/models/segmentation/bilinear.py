"""Bilinear interpolation as a transposed convolution, fixed or as a starting point."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ce_plugin.errors import InputError


def bilinear_kernel(factor: int) -> Tensor:
    """The tent of width 2 factor - 1 that interpolates by ``factor``.

    Returns:
        (2 factor - 1, 2 factor - 1), 1 in the middle.

    Example:
        >>> bilinear_kernel(2)[1].tolist()
        [0.5, 1.0, 0.5]
    """
    steps = torch.arange(1 - factor, factor)
    tent = 1 - steps.abs() / factor
    return tent[:, None] * tent


class BilinearUpsample(nn.Module):
    """Enlarges each channel by ``factor``, with zeros beyond the map's border.

    n cells become ``(n - 1) factor + 2 factor - 1``; nothing is cropped. The kernel is
    odd, as the stock network's 63 for its stride of 32: the given cells stay where they
    are and the new ones come between them, so that two steps in a row are one of the
    product. (A kernel of 2 factor, as with VGG's odd fc6, moves all by half a cell.)

    Args:
        channels: Each has a kernel of its own.
        factor: At least 2.
        learned: Whether training changes the kernels.

    Raises:
        InputError: A factor below 2.

    Source: Long et al., Fully Convolutional Networks, section 3.3.

    Example:
        >>> up = BilinearUpsample(1, factor=2)
        >>> up(torch.tensor([[[[2.0, 4.0]]]]))[0, 0, 1]
        tensor([1., 2., 3., 4., 2.])
    """

    def __init__(self, channels: int, factor: int, learned: bool = False) -> None:
        super().__init__()
        if factor < 2:
            raise InputError(f"BilinearUpsample: factor is 2 or more, not {factor}")
        self.factor = factor
        weight = bilinear_kernel(factor).repeat(channels, 1, 1, 1)
        if learned:
            self.weight = nn.Parameter(weight)
        else:
            # Nothing to save: it follows from the factor.
            self.register_buffer("weight", weight, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        channels = len(self.weight)
        return F.conv_transpose2d(x, self.weight, stride=self.factor, groups=channels)
