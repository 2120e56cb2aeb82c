"""Clips gradients without waiting for their norm."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn


def usual_step(
    model: nn.Module, optim_wrapper: OptimWrapper | OptimWrapperDict, data: dict
) -> dict[str, Tensor]:
    """``model.train_step``; norms of clipped gradients are among what it returns."""
    with norms_stay(optim_wrapper) as norms:
        log = model.train_step(data, optim_wrapper=optim_wrapper)
    return {**log, **norms}


def wrappers_of(optim_wrapper: OptimWrapper | OptimWrapperDict) -> list[OptimWrapper]:
    """The one wrapper, or the several of a dict."""
    if isinstance(optim_wrapper, OptimWrapperDict):
        return list(optim_wrapper.optim_wrappers.values())
    return [optim_wrapper]


def steps_between_updates(optim_wrapper: OptimWrapper | OptimWrapperDict) -> int:
    """After how many iterations no gradient waits to be used, 1 without accumulation.

    Between them a checkpoint would lack what has been accumulated.
    """
    return math.lcm(*(w._accumulative_counts for w in wrappers_of(optim_wrapper)))


@contextmanager
def norms_stay(
    optim_wrapper: OptimWrapper | OptimWrapperDict,
) -> Iterator[dict[str, Tensor]]:
    """A context in which clipping leaves the gradients' norms on the device.

    mmengine fetches each for its log in every step, and the CPU waits for it. Here they
    are handed on like losses: ``grad_norm``, and of the wrappers of a dict each with
    its own name behind it, ``grad_norm_generator``.

    Args:
        optim_wrapper: The optimizers of one step.

    Yields:
        Is filled with the norms.
    """
    norms: dict[str, Tensor] = {}
    several = getattr(optim_wrapper, "optim_wrappers", {"": optim_wrapper})
    clipping = {name: w for name, w in several.items() if w.clip_grad_kwargs}
    for name, wrapper in clipping.items():
        key = f"{wrapper.grad_name}_{name}" if name else wrapper.grad_name
        wrapper._clip_grad = partial(_clip, wrapper, norms, key)
    try:
        yield norms
    finally:
        for wrapper in clipping.values():
            del wrapper._clip_grad


def _clip(wrapper: OptimWrapper, norms: dict[str, Tensor], name: str) -> None:
    """Like mmengine's ``_clip_grad``, but the norm stays on the device."""
    parameters = [
        parameter
        for group in wrapper.optimizer.param_groups
        for parameter in group["params"]
        if parameter.requires_grad and parameter.grad is not None
    ]
    if parameters:
        norm = wrapper.clip_func(parameters, **wrapper.clip_grad_kwargs)
        if norm is not None:
            norms[name] = norm.detach()
