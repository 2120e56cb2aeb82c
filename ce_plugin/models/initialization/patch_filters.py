"""Filters fitted to the patches that a layer sees: principal components, k-means."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError

MOST_VALUES = 20_000_000
"""So many values of patches are held at once; of more, as many are drawn."""


def layer_patches(layer: nn.Module, inputs: Tensor) -> Tensor:
    """The patches that a layer's filters see, (groups, patches, values of a filter).

    Args:
        layer: A ``Conv2d`` or ``Linear``.
        inputs: Input of the layer, (B, C, H, W) or (..., C).

    Example:
        >>> layer_patches(nn.Conv2d(4, 6, 3, groups=2), torch.ones(1, 4, 5, 5)).shape
        torch.Size([2, 9, 18])
    """
    if isinstance(layer, nn.Linear):
        return inputs.flatten(0, -2)[None]
    if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        raise InputError(
            "filters are fitted to patches of convolutions that pad with zeros by a "
            "number; take weights='gaussian'"
        )
    columns = F.unfold(
        inputs, layer.kernel_size, layer.dilation, layer.padding, layer.stride
    )
    count, _, places = columns.shape
    columns = columns.view(count, layer.groups, -1, places)
    return columns.permute(1, 0, 3, 2).flatten(1, 2)


def fit_filters(
    kind: str, patches: Tensor, filters: int, generator: torch.Generator
) -> Tensor:
    """Filters for zero-mean ``patches``, of arbitrary length.

    Args:
        kind: 'pca': the principal components, largest first; where there are fewer of
            them than filters, the rest are random directions of the whitened space.
            'kmeans': centres of the patches, whitened and of length 1, back in the
            space of patches.
        patches: (patches, values).
        filters: How many.
        generator: Random generator on the CPU.

    Returns:
        (filters, values).

    Raises:
        InputError: Fewer patches than filters.

    Source: Krähenbühl et al. 2016, section 3.1.
    """
    if len(patches) < filters:
        raise InputError(
            f"{len(patches)} patches are too few for {filters} filters; give more "
            "pictures, or weights='gaussian'"
        )
    centred = patches.double() - patches.double().mean(dim=0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
    kept = [i for i in range(len(values)) if values[i] > 1e-10 * values[-1]][::-1]
    kept = kept[:filters]
    # From patches to the whitened space, (kept, values).
    whiten = (vectors[:, kept] / values[kept].sqrt()).T
    if kind == "pca":
        more = torch.randn(
            filters - len(kept), len(kept), generator=generator, dtype=torch.double
        )
        return torch.cat([whiten, more.to(whiten.device) @ whiten])
    points = F.normalize(centred @ whiten.T)
    return kmeans(points, filters, generator) @ whiten


def kmeans(
    points: Tensor, clusters: int, generator: torch.Generator, rounds: int = 20
) -> Tensor:
    """Centres of ``points`` (N, D) by Lloyd's rounds, (clusters, D).

    They start from points, each drawn by its squared distance from those before it
    (k-means++); a centre that loses all its points stays where it is.
    """
    centres = points[:0]
    apart = torch.ones(len(points), dtype=points.dtype)
    for _ in range(clusters):
        # Where all points are taken, any will do.
        apart = apart if apart.any() else torch.ones_like(apart)
        drawn = points[
            torch.multinomial(apart, 1, generator=generator).to(points.device)
        ]
        centres = torch.cat([centres, drawn])
        distance = (points - drawn).square().sum(dim=1).cpu()
        apart = torch.minimum(apart, distance) if len(centres) > 1 else distance
    for _ in range(rounds):
        nearest = torch.cat(
            [torch.cdist(part, centres).argmin(dim=1) for part in points.split(4096)]
        )
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        counts = nearest.bincount(minlength=clusters)
        found = counts > 0
        centres[found] = sums[found] / counts[found][:, None]
    return centres
