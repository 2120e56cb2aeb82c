"""Visual words: a vocabulary of cells, and which word stands where."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

from .base import Target, build_target, keep_ready, mark_ready
from .compare import cross_entropy, soft_shares
from .descriptors import describe_cells

VOCABULARIES = ("k-means", "random")


@MODELS.register_module()
class VisualWords(Target):
    """The visual word of each cell.

    Descriptions of cells (gradients and mean colour, or a network's features) are
    centred and whitened; the words are the centres of their k-means. The vocabulary is
    fitted once to training pictures, by a seed, and lies in the checkpoint.

    Args:
        cell: Side of a cell in pixels; with a ``descriptor`` its own.
        words: Size of the vocabulary.
        bins: Directions of the gradients.
        colour_weight: Weight of the mean colour beside them.
        floor: Noise floor of the gradients' length, so that flat cells share a word.
        descriptor: A target whose (B, C, h, w) describes the cells in place of
            gradients and colour, such as
            :class:`~ce_plugin.models.targets.FixedNetwork`.
        vocabulary: 'k-means', or 'random': centres drawn from the normal distribution
            that whitened descriptions have if nothing else is known of them; the
            control that tells what k-means is good for.
        softness: 0 for the nearest word alone. Above, shares: the softmax of the
            negative squared distances over ``softness`` times their mean.
        ridge: Added to the eigenvalues before whitening, as a share of the largest.
        most_cells: So many cells at most are clustered.

    Raises:
        InputError: A number out of range, an unknown vocabulary, a descriptor that is
            fitted or follows the encoder, or (while fitting) fewer cells than words.

    Source: Sivic and Zisserman 2003, "Video Google"; as a target of hidden parts
    Gidaris et al. 2020, "Learning representations by predicting bags of visual words",
    and, for speech, Hsu et al. 2021, "HuBERT".

    Example:
        >>> words = VisualWords(cell=8, words=4)
        >>> words.fit([torch.rand(8, 3, 32, 32)], seed=0)
        >>> words(torch.rand(2, 3, 32, 32)).shape
        torch.Size([2, 4, 4])
    """

    def __init__(
        self,
        cell: int = 8,
        words: int = 256,
        bins: int = 9,
        colour_weight: float = 0.5,
        floor: float = 0.01,
        descriptor: dict | nn.Module | None = None,
        vocabulary: str = "k-means",
        softness: float = 0.0,
        ridge: float = 1e-3,
        most_cells: int = 20_000,
    ) -> None:
        super().__init__()
        if vocabulary not in VOCABULARIES:
            raise InputError(
                f"VisualWords: vocabulary is one of {', '.join(VOCABULARIES)}, not "
                f"{vocabulary!r}"
            )
        if words < 2 or bins < 2 or cell < 2 or softness < 0 or ridge <= 0:
            raise InputError(
                "VisualWords: words, bins and cell are at least 2, softness is not "
                f"negative, ridge above 0; not {words}, {bins}, {cell}, {softness} and "
                f"{ridge}"
            )
        if words > most_cells:
            raise InputError(
                f"VisualWords: {words} words cannot be learned from {most_cells} "
                "cells; set most_cells"
            )
        self.descriptor = None
        if descriptor is not None:
            self.descriptor = build_target(descriptor, "VisualWords: descriptor")
            _check_descriptor(self.descriptor)
        self.cell = cell if self.descriptor is None else self.descriptor.cell
        self.bins, self.colour_weight, self.floor = bins, colour_weight, floor
        self.channels = self.words = words
        self.vocabulary, self.softness, self.ridge = vocabulary, softness, ridge
        self.most_cells = most_cells
        size = bins + 3
        if self.descriptor is not None:
            size = self.descriptor.channels
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("whitening", torch.eye(size))
        self.register_buffer("centres", torch.zeros(words, size))
        self.register_buffer("looks", torch.zeros(words, 3, self.cell, self.cell))
        keep_ready(self)

    def describe(self, pictures: Tensor) -> Tensor:
        """Whitened descriptions of the cells, (B, h, w, C)."""
        if self.descriptor is not None:
            cells = self.descriptor(pictures)
        else:
            self.grid(pictures)
            cells = describe_cells(
                pictures, self.cell, self.bins, self.colour_weight, self.floor
            )
        return (cells.permute(0, 2, 3, 1) - self.mean) @ self.whitening

    def distances(self, described: Tensor) -> Tensor:
        """Squared distances of cells to words, (B, h, w, K), less the cell's length."""
        return self.centres.square().sum(dim=1) - 2 * described @ self.centres.T

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Word numbers (B, h, w) of pictures in [0, 1]; soft shares (B, K, h, w).

        Raises:
            InputError: There is no vocabulary yet.
        """
        self.check_ready()
        if not self.softness:
            return self.distances(self.describe(pictures)).argmin(dim=-1)
        described = self.describe(pictures)
        length = described.square().sum(dim=-1, keepdim=True)
        far = self.distances(described) + length
        shares = soft_shares(far, self.softness, -1, self.training)
        return shares.permute(0, 3, 1, 2)

    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Cross entropy of the scores (B, K, h, w)."""
        return cross_entropy(prediction, target, weight)

    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """Each word as the mean of the cells that it was learned from.

        Of scores, the mean over words by their chance.
        """
        if described.ndim == 3:
            chance = F.one_hot(described, self.words).permute(0, 3, 1, 2).float()
        elif described.requires_grad or (described < 0).any():
            chance = described.softmax(dim=1)
        else:
            chance = described / described.sum(dim=1, keepdim=True).clamp(min=1e-6)
        return self.assemble(chance, size)

    def assemble(self, chance: Tensor, size: tuple[int, int]) -> Tensor:
        """Pictures of words by their chance (B, K, h, w)."""
        looks = self.looks.flatten(1)
        drawn = torch.einsum("bkhw,kp->bphw", chance, looks)
        drawn = F.pixel_shuffle(drawn, self.cell)
        if drawn.shape[-2:] == tuple(size):
            return drawn
        return F.interpolate(drawn, size, mode="area")

    @torch.no_grad()
    def fit(self, pictures: Sequence[Tensor], seed: int) -> None:
        """Learns whitening and vocabulary from batches (B, 3, H, W) in [0, 1].

        Raises:
            InputError: Fewer cells than words.
        """
        self.mean.zero_()
        self.whitening.copy_(torch.eye(len(self.mean)))
        cells = torch.cat([self.describe(batch).flatten(0, 2) for batch in pictures])
        looks = torch.cat([self._looks(batch) for batch in pictures])
        if len(cells) < self.words:
            raise InputError(
                f"VisualWords: {len(cells)} cells are fewer than {self.words} words; "
                "give TargetFitHook more pictures or take fewer words"
            )
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(cells), generator=generator)[: self.most_cells]
        cells, looks = cells.cpu()[order], looks[order.to(looks.device)]
        # On the CPU, whose products are no rounder than float32: a GPU's are, where
        # TensorFloat32 is allowed, and whitening enlarges the least of them.
        mean = cells.mean(dim=0)
        cells = cells - mean
        covariance = (cells.T @ cells / len(cells)).double()
        values, vectors = torch.linalg.eigh(covariance)
        scale = (values.clamp(min=0) + self.ridge * values[-1]).rsqrt()
        whitening = (vectors * scale).to(cells)
        cells = cells @ whitening
        if self.vocabulary == "random":
            centres = torch.randn(self.words, cells.shape[1], generator=generator)
        else:
            centres = _k_means(cells, self.words, seed)
        self.mean.copy_(mean)
        self.whitening.copy_(whitening)
        self.centres.copy_(centres)
        self.looks.copy_(self._mean_looks(cells.to(looks), looks))
        mark_ready(self)

    def _looks(self, batch: Tensor) -> Tensor:
        """The pixels of the cells of pictures, (B * h * w, 3 * cell^2)."""
        return F.pixel_unshuffle(batch, self.cell).permute(0, 2, 3, 1).flatten(0, 2)

    def _mean_looks(self, cells: Tensor, looks: Tensor) -> Tensor:
        nearest = torch.cdist(cells, self.centres).argmin(dim=1)
        sums = looks.new_zeros(self.words, looks.shape[1]).index_add_(0, nearest, looks)
        counts = torch.bincount(nearest, minlength=self.words)[:, None]
        # A word that nothing is nearest to is shown as the mean of all cells.
        sums = torch.where(counts > 0, sums, looks.mean(dim=0))
        return (sums / counts.clamp(min=1)).view_as(self.looks)


def _check_descriptor(descriptor: Target) -> None:
    """Raises where the vocabulary, which is fitted once, would not fit it for long."""
    name = type(descriptor).__name__
    if descriptor.momentum_at(0.0) is not None:
        raise InputError(
            f"VisualWords: {name} follows the encoder, a vocabulary is fitted once; "
            "take TeacherWords, or a FixedNetwork as the descriptor"
        )
    if not descriptor.ready or descriptor.cell is None:
        raise InputError(
            f"VisualWords: {name} is no descriptor, which gives each cell numbers and "
            "is not fitted; take HOGTarget, PixelTarget or FixedNetwork"
        )


def _k_means(cells: Tensor, words: int, seed: int) -> Tensor:
    """Centres (words, C) of cells (N, C) on the CPU."""
    from sklearn.cluster import MiniBatchKMeans

    found = MiniBatchKMeans(words, random_state=seed, n_init=1, batch_size=2048)
    found.fit(cells.numpy())
    return torch.from_numpy(found.cluster_centers_).to(cells.dtype)
