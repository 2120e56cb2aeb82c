"""The pixels of hidden cells, plain or normalised cell by cell."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

from .base import Target
from .compare import squared_error


@MODELS.register_module()
class PixelTarget(Target):
    """The pixels of each cell.

    Args:
        cell: Side of a cell in pixels.
        normalized: Each cell has mean 0 and deviation 1 over its pixels and channels.
            Plain pixels lie in [-1, 1].

    Raises:
        InputError: A cell below one pixel.

    Source: the plain form is the paper's L2 (section 3.2), the normalised one He et al.
    2022, section 3; here without a decoder, one linear map a cell.
    """

    def __init__(self, cell: int = 16, normalized: bool = True) -> None:
        super().__init__()
        if cell < 1:
            raise InputError(f"PixelTarget: cell is at least 1, not {cell}")
        self.cell, self.normalized = cell, normalized
        self.channels = 3 * cell * cell

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3 * cell^2, h, w), in order of channel, row, column."""
        self.grid(pictures)
        cells = F.pixel_unshuffle(pictures * 2 - 1, self.cell)
        if not self.normalized:
            return cells
        variance, mean = torch.var_mean(cells, dim=1, keepdim=True)
        return (cells - mean) / (variance + 1e-6).sqrt()

    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Squared error, mean over pixels."""
        return squared_error(prediction, target, weight)

    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """The pixels; of normalised ones, two deviations around grey."""
        pixels = F.pixel_shuffle(described, self.cell)
        pixels = pixels / 4 + 0.5 if self.normalized else (pixels + 1) / 2
        pixels = pixels.clamp(0, 1)
        if pixels.shape[-2:] == tuple(size):
            return pixels
        return F.interpolate(pixels, size, mode="area")
