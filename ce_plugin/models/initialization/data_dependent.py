"""Weights from the data without learning: the initialisation of Krähenbühl et al."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ce_plugin.errors import InputError

from .gradient_ratio import equalize_gradients, gradient_ratios
from .layer_statistics import inputs_of, normalize_channels, parts_in_order
from .patch_filters import MOST_VALUES, fit_filters, layer_patches

WEIGHTS = ("gaussian", "pca", "kmeans")


def data_dependent_init(
    backbone: nn.Module,
    batches: Sequence[Tensor],
    weights: str = "gaussian",
    fitted_layers: int | None = None,
    bias: float = 0.0,
    iterations: int = 10,
    draws: int = 4,
    seed: int = 0,
) -> dict[str, float]:
    """Initialises an encoder from pictures, in place.

    First each convolution and linear layer, from the input on: every channel gets mean
    ``bias`` and deviation 1 over all pictures and positions. Then the layers are scaled
    against each other until a random change of the last map asks all of them for the
    same relative change; means stay where they are in units of the deviation.

    Batch norms are given weight 1 and offset 0 (also those that a residual branch
    starts from 0 with: it would have no gradient) and, as running statistics, those of
    the pictures. A convolution without a bias leaves its mean to them. For the second
    step they use each batch's statistics, as in training; scaling a layer in front of
    one changes its gradient only. Residual branches without batch norm are no chain of
    layers, and equal ratios may not be reached there; a warning says so.

    Args:
        backbone: Returns maps; the last one counts.
        batches: Pictures as the network wants them, (B, 3, H, W) each, on its device.
        weights: What is scaled: 'gaussian', or filters fitted to the patches that a
            layer sees, 'pca' or 'kmeans'.
        fitted_layers: This many layers from the input on are fitted, the others are
            Gaussian; None for all.
        bias: Mean of every channel; the released code has 0.1.
        iterations: Iterations of the second step, at most; 0 leaves it out.
        draws: Random changes of the last map for each batch in each iteration; the
            ratios are as exact as there are draws and pictures.
        seed: Seed of all random numbers.

    Returns:
        The ratio of gradient to weight of each layer by its name, in order.

    Raises:
        InputError: Unknown weights, no pictures, no layers, too few pictures for the
            filters, or a channel that does not vary.

    Source: Krähenbühl et al. 2016, "Data-dependent initializations of convolutional
    neural networks", algorithms 1 and 2. The released code also pushes the deviation of
    the last output towards 1, which a network of batch norms would not follow.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))
        >>> ratios = data_dependent_init(net, [torch.rand(8, 3, 16, 16)])
        >>> list(ratios)
        ['0', '2']
    """
    if weights not in WEIGHTS:
        raise InputError(f"weights is one of {', '.join(WEIGHTS)}, not {weights!r}")
    if not len(batches):
        raise InputError("data_dependent_init needs pictures; give at least one batch")
    generator = torch.Generator().manual_seed(seed)
    with _evaluating(backbone):
        parts = parts_in_order(backbone, batches[0])
        layers = {n: m for n, m in parts.items() if not isinstance(m, _BatchNorm)}
        if not layers:
            raise InputError("data_dependent_init: no convolution or linear layer")
        fitted = list(layers)[:fitted_layers] if weights != "gaussian" else []
        for name, part in parts.items():
            kind = weights if name in fitted else "gaussian"
            if name in layers:
                _fill(backbone, part, batches, kind, generator)
            normalize_channels(backbone, name, part, batches, bias, rescale=True)
        equalize_gradients(backbone, parts, batches, bias, iterations, seed, draws)
        return gradient_ratios(backbone, layers, batches, seed, draws)


@torch.no_grad()
def _fill(
    backbone: nn.Module,
    layer: nn.Module,
    batches: Sequence[Tensor],
    kind: str,
    generator: torch.Generator,
) -> None:
    """Gives a layer weights whose scale is still to be found, and no bias."""
    if layer.bias is not None:
        layer.bias.zero_()
    weight = layer.weight
    if kind == "gaussian":
        weight.copy_(torch.randn(weight.shape, generator=generator))
        return
    most = MOST_VALUES // (weight[0].numel() * getattr(layer, "groups", 1))
    share = math.ceil(most / len(batches))
    patches = []
    for inputs in inputs_of(backbone, layer, batches):
        seen = layer_patches(layer, inputs)
        chosen = torch.randperm(seen.shape[1], generator=generator)[:share]
        patches.append(seen[:, chosen.to(seen.device)])
    groups = torch.cat(patches, dim=1)
    filters = [
        fit_filters(kind, group, len(weight) // len(groups), generator)
        for group in groups
    ]
    weight.copy_(torch.cat(filters).view_as(weight))


@contextmanager
def _evaluating(backbone: nn.Module) -> Iterator[None]:
    """Evaluation mode and all trainable inside, as it was before afterwards."""
    modes = [(module, module.training) for module in backbone.modules()]
    needs = [(p, p.requires_grad) for p in backbone.parameters()]
    backbone.eval().requires_grad_(True)
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        for parameter, grad in needs:
            parameter.requires_grad_(grad)
