"""Small heads that give each cell of a picture its scores."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError


class CellHead(nn.Module):
    """Scores on a grid of cells, finer or coarser than the encoder's map.

    One linear map widens each position to all cells under it, a second one scores
    them: a few hundredths of an encoder's cost, where transposed convolutions take a
    quarter.

    Args:
        in_channels: Channels of the map.
        out_channels: Scores of a cell.
        stride: Stride of the map, in pixels.
        cell: Side of a cell in pixels; stride and cell divide one the other.
        hidden: Channels between the two linear maps.

    Raises:
        InputError: Neither side divides the other.

    Example:
        >>> import torch
        >>> head = CellHead(64, 256, stride=32, cell=8, hidden=16)
        >>> head(torch.zeros(2, 64, 3, 3)).shape
        torch.Size([2, 256, 12, 12])
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, cell: int, hidden: int
    ) -> None:
        super().__init__()
        if max(stride, cell) % min(stride, cell):
            raise InputError(
                f"cells of {cell} px do not fit a map of stride {stride}: one has to "
                "divide the other; change the target's cell or the stage"
            )
        self.finer, self.coarser = max(1, stride // cell), max(1, cell // stride)
        self.widen = nn.Conv2d(in_channels, hidden * self.finer**2, 1, bias=False)
        self.norm = nn.BatchNorm2d(hidden)
        self.score = nn.Conv2d(hidden, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores (B, out_channels, h', w') of a map (B, in_channels, h, w)."""
        if self.coarser > 1:
            x = F.avg_pool2d(x, self.coarser)
        x = F.pixel_shuffle(self.widen(x), self.finer)
        return self.score(F.relu(self.norm(x), inplace=True))


class WholeHead(nn.Sequential):
    """Scores of the whole picture, from the mean of a map.

    Args:
        in_channels: Channels of the map.
        out_channels: Scores.
        hidden: Channels between the two layers.
    """

    def __init__(self, in_channels: int, out_channels: int, hidden: int) -> None:
        super().__init__(
            nn.Linear(in_channels, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Scores (B, out_channels) of a map (B, in_channels, h, w)."""
        return super().forward(x.mean(dim=(2, 3)))
