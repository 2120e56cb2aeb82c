"""The colours that Lab has at some lightness, in bins, and how they are weighed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ce_plugin.models.processes import mean_over_processes

from .lab import rgb_to_lab

WIDTH = 10
"""Width of a bin in a and in b."""
REACH = 12
"""Bins lie on a grid from -120 to 120."""


def colours_in_gamut(steps: int = 64) -> Tensor:
    """Centres of the bins that hold a colour of sRGB.

    Args:
        steps: The cube of sRGB is looked at on a grid of this many points to a side.

    Returns:
        (Q, 2) of a, b, in ascending order. With 64 steps Q is 261; the paper counts 313
        with a test of its own.
    """
    values = torch.linspace(0, 1, steps, dtype=torch.float64)
    cube = torch.cartesian_prod(values, values, values).T[..., None]
    bins = (rgb_to_lab(cube)[1:, :, 0].T / WIDTH).round().long()
    return torch.unique(bins, dim=0).to(torch.float32) * WIDTH


class ColourBins(nn.Module):
    """Puts colours into bins, and weighs rare ones up.

    The weight of a bin is w = 1 / ((1 - mix) p + mix / Q), scaled so that its mean over
    colours, sum(p w), is 1. p is the frequency of the bins, smoothed by a Gaussian in
    the plane of a and b. It is counted while training: a running mean over batches of
    all processes, from equal frequencies on, in a buffer.

    Args:
        mix: Lambda: share of the equal distribution in the weights, in (0, 1].
        sigma: Deviation of the Gaussian.
        momentum: Momentum of the running mean, per batch.

    Source: Zhang et al. 2016, section 2.2, equation (4), where p comes from ImageNet.
    """

    def __init__(
        self, mix: float = 0.5, sigma: float = 5.0, momentum: float = 0.99
    ) -> None:
        super().__init__()
        self.mix, self.momentum = mix, momentum
        centres = colours_in_gamut()
        count = len(centres)
        grid = torch.arange(-REACH, REACH + 1, dtype=torch.float32) * WIDTH
        table = torch.cdist(torch.cartesian_prod(grid, grid), centres).argmin(1)
        near = torch.exp(-torch.cdist(centres, centres).square() / (2 * sigma**2))
        self.register_buffer("centres", centres, persistent=False)
        self.register_buffer("table", table, persistent=False)
        # Column by column, so that what is smoothed still sums to 1.
        self.register_buffer("smooth", near / near.sum(0), persistent=False)
        self.register_buffer("frequency", torch.full((count,), 1 / count))

    def __len__(self) -> int:
        return len(self.centres)

    def classify(self, colours: Tensor) -> Tensor:
        """The bins of a and b (B, 2, h, w), (B, h, w); of others the nearest one's."""
        places = (colours / WIDTH).round().clamp(-REACH, REACH).long() + REACH
        return self.table[places[:, 0] * (2 * REACH + 1) + places[:, 1]]

    @torch.no_grad()
    def count(self, classes: Tensor) -> None:
        """Moves the frequencies towards those of a batch."""
        # Not bincount, which has the device look for the largest class first.
        classes = classes.flatten()
        seen = torch.zeros(len(self), dtype=torch.long, device=classes.device)
        seen.scatter_add_(0, classes, torch.ones_like(classes))
        seen = mean_over_processes(seen.to(self.frequency) / classes.numel())
        self.frequency.lerp_(seen, 1 - self.momentum)

    def weights(self) -> Tensor:
        """The weights of all bins in the loss, (Q,)."""
        p = self.smooth @ self.frequency
        weights = 1 / ((1 - self.mix) * p + self.mix / len(self))
        return weights / (p * weights).sum()

    def expected(self, logits: Tensor, temperature: float) -> Tensor:
        """The annealed mean: a and b (B, 2, h, w) of logits (B, Q, h, w)."""
        chance = (logits / temperature).softmax(dim=1)
        return torch.einsum("bqhw,qc->bchw", chance, self.centres)
