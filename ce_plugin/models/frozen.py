"""Keeps parts of a network fixed at the start of the training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError


def call_held(module: nn.Module, inputs: Tensor, held: str = "") -> Tensor:
    """``module(inputs)``, but some of its parameters get a gradient of zero.

    Other parameters and the inputs get theirs. Zero, not absent, and ``requires_grad``
    stays: the distributed wrapper counts on a gradient for each parameter that had one
    when it was made. Weight decay still acts, which is nothing to weights that are
    normalised where they are used.

    Args:
        module: A module of one input and one output.
        inputs: Input of the module.
        held: How the names of the parameters begin; all of them by default.

    Example:
        >>> layer = nn.Linear(2, 1)
        >>> call_held(layer, torch.ones(1, 2)).sum().backward()
        >>> layer.weight.grad
        tensor([[0., 0.]])
    """
    held_back = {k: p for k, p in module.named_parameters() if k.startswith(held)}
    fixed = {key: p.detach() for key, p in held_back.items()}
    nothing = sum(p.sum() * 0 for p in held_back.values())
    return torch.func.functional_call(module, fixed, (inputs,)) + nothing


def check_shares(owner: object, **shares: float) -> None:
    """Refuses shares of the training outside [0, 1].

    Raises:
        InputError: Such as a count of steps or epochs.
    """
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise InputError(
                f"{type(owner).__name__}: {name} is a share of the training, 0 to 1, "
                f"not {value}"
            )
