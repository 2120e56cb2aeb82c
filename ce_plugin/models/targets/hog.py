"""Histograms of oriented gradients as the target of hidden cells."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

from .base import Target
from .compare import squared_error
from .descriptors import glyphs, gradient_histograms


@MODELS.register_module()
class HOGTarget(Target):
    """A histogram of oriented gradients (HOG) of each cell.

    Args:
        cell: Side of a cell in pixels.
        bins: Directions over half a turn.
        block: Cells to a side over which lengths are normalised; odd.
        floor: Noise floor of the length, for pictures in [0, 1].
        colour: A histogram for each colour channel.

    Raises:
        InputError: A number out of range.

    Source: Wei et al. 2022, "Masked feature prediction for self-supervised visual
    pre-training"; L2 as there.

    Example:
        >>> target = HOGTarget(cell=8)
        >>> target(torch.rand(2, 3, 32, 32)).shape
        torch.Size([2, 9, 4, 4])
    """

    def __init__(
        self,
        cell: int = 8,
        bins: int = 9,
        block: int = 1,
        floor: float = 0.01,
        colour: bool = False,
    ) -> None:
        super().__init__()
        if cell < 2 or bins < 2 or block < 1 or block % 2 == 0 or floor <= 0:
            raise InputError(
                "HOGTarget: cell and bins are at least 2, block is odd, floor above 0; "
                f"not {cell}, {bins}, {block} and {floor}"
            )
        self.cell, self.bins, self.block, self.floor = cell, bins, block, floor
        self.colour = colour
        self.channels = bins * (3 if colour else 1)
        self.register_buffer("lines", glyphs(bins), persistent=False)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Histograms (B, channels, h, w) of pictures in [0, 1]."""
        self.grid(pictures)
        return gradient_histograms(
            pictures, self.cell, self.bins, self.block, self.floor, self.colour
        )

    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Squared error, mean over channels."""
        return squared_error(prediction, target, weight)

    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """Each cell as the lines of its edges, brighter where they are stronger."""
        b, _, h, w = described.shape
        strength = described.view(b, -1, self.bins, h, w).mean(dim=1).clamp(min=0)
        drawn = torch.einsum("bnhw,nij->bhiwj", strength, self.lines)
        side = self.lines.shape[-1]
        drawn = drawn.reshape(b, 1, h * side, w * side).clamp(0, 1)
        return F.interpolate(drawn, size, mode="area").expand(-1, 3, -1, -1)
