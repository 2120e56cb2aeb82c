"""Equalises how fast the layers of a network learn."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import torch
from mmengine.logging import print_log
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ce_plugin.errors import InputError

from .layer_statistics import normalize_channels

NEAR = 0.01
"""Ratios whose logarithms lie this close together are equal."""


def gradient_ratios(
    backbone: nn.Module, layers: dict, batches: Sequence[Tensor], seed: int, draws: int
) -> dict[str, float]:
    """Root mean square of each layer's gradient over that of its weights.

    The gradient is that of a random linear function of the last map; the squares' mean
    is taken over ``draws`` of them for each batch.
    """
    generator = torch.Generator().manual_seed(seed + 1)
    norms = [m for m in backbone.modules() if isinstance(m, _BatchNorm)]
    kept = [{k: v.clone() for k, v in norm.state_dict().items()} for norm in norms]
    weights = [layer.weight for layer in layers.values()]
    total = [0.0] * len(weights)
    for norm in norms:
        norm.train()
    with torch.enable_grad():
        for pictures in batches:
            maps = backbone(pictures)
            last = maps if isinstance(maps, Tensor) else maps[-1]
            for _ in range(draws):
                change = torch.randn(last.shape, generator=generator).to(last)
                grads = torch.autograd.grad(
                    last, weights, change, retain_graph=True, allow_unused=True
                )
                squares = [
                    0.0 if grad is None else grad.double().square().mean().item()
                    for grad in grads
                ]
                total = [a + b for a, b in zip(total, squares)]
    for norm, state in zip(norms, kept):
        norm.eval()
        norm.load_state_dict(state)
    size = [weight.detach().double().square().mean().item() for weight in weights]
    of = draws * len(batches)
    return {n: math.sqrt(g / of / w) for n, g, w in zip(layers, total, size)}


def equalize_gradients(
    backbone: nn.Module,
    parts: dict[str, nn.Module],
    batches: Sequence[Tensor],
    bias: float,
    iterations: int,
    seed: int,
    draws: int,
) -> None:
    """Scales whole layers until their ratios are equal; keeps the best that it meets.

    In a chain of layers the factors' product is 1, so that the last map stays.
    """
    if not iterations:
        return
    layers = {n: m for n, m in parts.items() if not isinstance(m, _BatchNorm)}
    # Without a bias only batch norms have a mean to set, and the ratios do not ask for
    # what they remember: once, at the end, is enough.
    biased = any(layer.bias is not None for layer in layers.values())

    def settle() -> None:
        for name, part in parts.items():
            normalize_channels(backbone, name, part, batches, bias, rescale=False)

    exponent, best, kept = 0.5, math.inf, {}
    for step in range(iterations + 1):
        ratios = gradient_ratios(backbone, layers, batches, seed, draws)
        if not all(ratios.values()):
            names = [name for name, ratio in ratios.items() if not ratio]
            raise InputError(
                f"data_dependent_init: the last map does not depend on {names[0]}; "
                "set iterations=0, or out_indices to a later map"
            )
        logs = {name: math.log(ratio) for name, ratio in ratios.items()}
        middle = sum(logs.values()) / len(logs)
        apart = max(abs(value - middle) for value in logs.values())
        if apart < best:
            best = apart
            kept = {k: v.clone() for k, v in backbone.state_dict().items()}
            wanted = {name: value - middle for name, value in logs.items()}
        else:
            # Too far: back, and half as far.
            backbone.load_state_dict(kept)
            exponent /= 2
        if best < NEAR or step == iterations:
            break
        with torch.no_grad():
            for name, layer in layers.items():
                layer.weight.mul_(math.exp(exponent * wanted[name]))
        if biased:
            settle()
    backbone.load_state_dict(kept)
    if not biased:
        settle()
    if best > math.log(1.1):
        print_log(
            "data_dependent_init: the ratios of gradient to weight could not be made "
            f"equal: up to {math.exp(best):.2f} times their mean",
            "current",
            logging.WARNING,
        )
