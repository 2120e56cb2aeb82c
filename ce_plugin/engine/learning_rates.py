"""Learning rates in memory of the device, where a recorded step can read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

# What makes each of them read its learning rate and count its steps on the device.
OPTIMIZERS: dict[type[Optimizer], dict[str, bool]] = {
    Adam: dict(fused=True, foreach=False, capturable=True),
    AdamW: dict(fused=True, foreach=False, capturable=True),
    SGD: dict(fused=True, foreach=False),
}


class HeldRates:
    """The learning rates of some optimizers, as numbers and as tensors.

    Schedulers go on to set numbers, and checkpoints to save them: the tensors, and the
    options that make an optimizer read them, are in its groups for the time of a step
    only.

    Args:
        optimizers: Each one of :data:`OPTIMIZERS`.

    Example:
        >>> sgd = SGD([torch.nn.Parameter(torch.zeros(3))], lr=0.5)
        >>> rates = HeldRates([sgd])
        >>> rates.fill()
        >>> with rates.held(): print(sgd.param_groups[0]['lr'])
        tensor(0.5000)
        >>> sgd.param_groups[0]['lr']
        0.5
    """

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self.groups = [(o, group) for o in optimizers for group in o.param_groups]
        self.tensors = [
            torch.zeros((), device=group["params"][0].device)
            for _, group in self.groups
        ]
        for optimizer in optimizers:
            _count_on_device(optimizer)

    def fill(self) -> None:
        """Writes the numbers, rounded to float32, into the tensors."""
        for (_, group), tensor in zip(self.groups, self.tensors):
            tensor.fill_(group["lr"])

    def constants(self) -> tuple:
        """All other numbers of the groups, which are constants of a recorded step."""
        return tuple(
            (name, value)
            for _, group in self.groups
            for name, value in sorted(group.items())
            if name not in ("params", "lr", "initial_lr")
            and not isinstance(value, Tensor)
        )

    @contextmanager
    def held(self) -> Iterator[None]:
        """A context in which the optimizers read the tensors."""
        before = []
        for (optimizer, group), tensor in zip(self.groups, self.tensors):
            options = dict(OPTIMIZERS[type(optimizer)], lr=tensor)
            before.append({name: group.get(name) for name in options})
            group.update(options)
        try:
            yield
        finally:
            for (_, group), options in zip(self.groups, before):
                group.update(options)


def _count_on_device(optimizer: Optimizer) -> None:
    """Moves the counts of steps, which a resumed run may have on the host."""
    # The warning that a recordable optimizer runs unrecorded: while warming up it does.
    optimizer._warned_capturable_if_run_uncaptured = True
    for parameter, state in optimizer.state.items():
        if isinstance(state.get("step"), Tensor):
            state["step"] = state["step"].to(parameter.device, torch.float32)
