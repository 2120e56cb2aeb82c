"""Measures and corrects the statistics of a network's layers over pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ce_plugin.errors import InputError


def parts_in_order(backbone: nn.Module, pictures: Tensor) -> dict[str, nn.Module]:
    """Layers and batch norms in the order in which a pass comes to them."""
    found: dict[str, nn.Module] = {}
    hooks = [
        part.register_forward_pre_hook(lambda m, _, name=name: found.update({name: m}))
        for name, part in backbone.named_modules()
        if isinstance(part, nn.Conv2d | nn.Linear | _BatchNorm)
    ]
    try:
        with torch.no_grad():
            backbone(pictures)
    finally:
        for hook in hooks:
            hook.remove()
    return found


class _Reached(Exception):
    """Ends a forward pass early."""


@torch.no_grad()
def inputs_of(
    backbone: nn.Module, part: nn.Module, batches: Sequence[Tensor]
) -> Iterator[Tensor]:
    """The input of ``part`` for each batch."""
    seen: list[Tensor] = []

    def stop(_, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])
        raise _Reached

    for pictures in batches:
        hook = part.register_forward_pre_hook(stop)
        try:
            backbone(pictures)
        except _Reached:
            pass
        finally:
            hook.remove()
        yield seen.pop()


@torch.no_grad()
def normalize_channels(
    backbone: nn.Module,
    name: str,
    part: nn.Module,
    batches: Sequence[Tensor],
    bias: float,
    rescale: bool,
) -> None:
    """Normalises the mean and deviation of a part's channels.

    With ``rescale`` a layer's deviations become 1; without, only its means are moved.
    A batch norm is told the statistics of what it gets.
    """
    norm = isinstance(part, _BatchNorm)
    if not norm and not rescale and part.bias is None:
        return
    output: Callable[[Tensor], Tensor] = (lambda x: x) if norm else part.forward
    mean, std, length = _moments(map(output, inputs_of(backbone, part, batches)), part)
    if norm:
        _settle(part, mean, std)
        return
    if not (std > 1e-6 * length).all():
        raise InputError(
            f"data_dependent_init: a channel of {name} is the same everywhere; give "
            "more, or more varied, pictures"
        )
    scale = std if rescale else torch.ones_like(std)
    part.weight.div_(scale.view(-1, *[1] * (part.weight.ndim - 1)))
    if part.bias is not None:
        part.bias.div_(scale).add_(bias * (std / scale).mean() - mean / scale)


def _settle(norm: _BatchNorm, mean: Tensor, std: Tensor) -> None:
    if norm.affine:
        nn.init.ones_(norm.weight)
        nn.init.zeros_(norm.bias)
    if norm.track_running_stats:
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(std.square())
        norm.num_batches_tracked.zero_()


def _moments(outputs: Iterator[Tensor], part: nn.Module) -> tuple[Tensor, ...]:
    """Mean, deviation and root mean square of each channel over everything else."""
    first, second, count = torch.zeros(()), torch.zeros(()), 0
    for x in outputs:
        channels = x if isinstance(part, nn.Linear) else x.movedim(1, -1)
        flat = channels.flatten(0, -2).double()
        first, second = first + flat.sum(dim=0), second + flat.square().sum(dim=0)
        count += len(flat)
    mean = first / count
    square = second / count
    return mean, (square - mean.square()).clamp(min=0).sqrt(), square.sqrt()
