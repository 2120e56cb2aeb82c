"""Helpers of a step with two optimizers, such as a frozen discriminator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mmengine.optim import OptimWrapper
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ce_plugin.unwrap import unwrap


@contextmanager
def step_of(wrapper: OptimWrapper, parts: list[nn.Module]) -> Iterator[None]:
    """The wrapper's context (precision, accumulation) for each of ``parts``.

    Under distributed training every part has a wrapper of its own, and only the part
    itself can hold back its gradients' synchronisation.
    """
    with ExitStack() as stack:
        for part in parts:
            stack.enter_context(wrapper.optim_context(part))
        yield


@contextmanager
def frozen(discriminator: nn.Module) -> Iterator[nn.Module]:
    """The discriminator as a fixed judge of the generator.

    Its parameters get no gradient from passes in here, and its batch norms, though they
    use the batch's statistics as always, do not update their running ones a third time
    in a step. It is not the distributed wrapper: nothing is there to synchronise.
    """
    judge = unwrap(discriminator)
    trained = [p for p in judge.parameters() if p.requires_grad]
    norms = [m for m in judge.modules() if isinstance(m, _BatchNorm)]
    tracking = [m.track_running_stats for m in norms]
    for p in trained:
        p.requires_grad_(False)
    for m in norms:
        # In evaluation the running statistics are what is wanted.
        m.track_running_stats = m.track_running_stats and not m.training
    try:
        yield judge
    finally:
        for p in trained:
            p.requires_grad_(True)
        for m, value in zip(norms, tracking):
            m.track_running_stats = value
