"""Hand-made descriptions of the cells of a picture: gradients and colours."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

GREY = (0.299, 0.587, 0.114)
"""Share of red, green and blue in the lightness (ITU-R BT.601)."""


def gradient_histograms(
    pictures: Tensor,
    cell: int,
    bins: int,
    block: int = 1,
    floor: float = 0.01,
    colour: bool = False,
) -> Tensor:
    """Histograms of oriented gradients of cells.

    Gradients are differences of neighbours, [-1 0 1], borders repeated. Each pixel's
    magnitude goes to the one bin of its unsigned direction; a cell's histogram is the
    mean over its pixels, divided by the length of the histograms around it plus a noise
    floor, so that flat cells are all near 0 instead of describing noise.

    Args:
        pictures: (B, 3, H, W) in [0, 1]; the sides are multiples of ``cell``.
        cell: Side of a cell in pixels.
        bins: Directions over half a turn; bin 0 begins at a gradient to the right.
        block: The length is the root mean square over ``block`` x ``block`` cells, odd;
            1: the cell's own.
        floor: Noise floor of the length, in the pictures' range.
        colour: Each colour channel has a histogram of its own; otherwise the
            lightness alone.

    Returns:
        (B, bins, h, w), or (B, 3 * bins, h, w), channel by channel.

    Source: Dalal and Triggs 2005, "Histograms of oriented gradients for human
    detection"; as a target of hidden cells Wei et al. 2022, "Masked feature
    prediction".
    """
    if not colour:
        red, green, blue = GREY
        pictures = (
            red * pictures[:, :1] + green * pictures[:, 1:2] + blue * pictures[:, 2:]
        )
    b, c, height, width = pictures.shape
    flat = pictures.reshape(b * c, 1, height, width)
    padded = F.pad(flat, (1, 1, 1, 1), mode="replicate")
    dx = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    dy = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    magnitude = torch.sqrt(dx.square() + dy.square())
    turn = torch.atan2(dy, dx) * (bins / math.pi)
    # Rounding can reach the end of the half turn, which is its beginning.
    index = torch.floor(turn).long().remainder_(bins)
    spread = flat.new_zeros(b * c, bins, height, width)
    spread.scatter_(1, index, magnitude)
    cells = F.avg_pool2d(spread, cell)
    energy = cells.square().sum(dim=1, keepdim=True)
    if block > 1:
        # The border's blocks hold fewer cells, and are means over those.
        energy = F.avg_pool2d(
            energy, block, 1, padding=block // 2, count_include_pad=False
        )
    cells = cells / (energy.sqrt() + floor)
    return cells.view(b, c * bins, *cells.shape[-2:])


def describe_cells(
    pictures: Tensor,
    cell: int,
    bins: int,
    colour_weight: float = 0.5,
    floor: float = 0.01,
) -> Tensor:
    """Gradients and mean colour of cells, (B, 3 + bins, h, w).

    Args:
        pictures: (B, 3, H, W) in [0, 1].
        cell: Side of a cell in pixels.
        bins: Directions of the gradients of the lightness.
        colour_weight: Weight of the mean colour, which stands last.
        floor: See :func:`gradient_histograms`.
    """
    gradients = gradient_histograms(pictures, cell, bins, floor=floor)
    colours = F.avg_pool2d(pictures, cell) * colour_weight
    return torch.cat([gradients, colours], dim=1)


def glyphs(bins: int, size: int = 16) -> Tensor:
    """A line along the edge of each direction of gradient.

    Returns:
        (bins, size, size) in [0, 1].
    """
    at = torch.arange(size) - (size - 1) / 2
    y, x = torch.meshgrid(at, at, indexing="ij")
    drawn = []
    for i in range(bins):
        angle = (i + 0.5) * math.pi / bins
        # The edge stands across its gradient.
        distance = (x * math.cos(angle) + y * math.sin(angle)).abs()
        line = (1.2 - distance).clamp(0, 1)
        drawn.append(line * (x.square() + y.square() <= (size / 2) ** 2))
    return torch.stack(drawn)
