"""Fetches losses from the device when they are logged."""

from __future__ import annotations

import torch
from mmengine.hooks import RuntimeInfoHook
from torch import Tensor

from ce_plugin.registry import HOOKS


@HOOKS.register_module()
class FetchLossesHook(RuntimeInfoHook):
    """mmengine's runtime hook, without waiting for the device in every iteration.

    A loss of one iteration can be fetched when the device has come that far, and the
    CPU launches nothing meanwhile. So losses are kept where they are until the logger,
    a checkpoint or the end of the training asks for them, and then fetched all at once.
    The log's buffers end up as they would have; a CPU's losses go there at once.
    """

    def __init__(self) -> None:
        self.pending: list[dict[str, Tensor]] = []

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        if outputs is None:
            return
        self.pending.append({name: value.detach() for name, value in outputs.items()})
        if not self._costs(outputs) or self._is_wanted(runner, batch_idx):
            self.fetch(runner)

    def fetch(self, runner) -> None:
        """Moves pending losses into the message hub, in their order."""
        losses, self.pending = self.pending, []
        if not losses:
            return
        flat = [value.float() for step in losses for value in step.values()]
        values = iter(torch.stack(flat).tolist())
        for step in losses:
            for name in step:
                runner.message_hub.update_scalar(f"train/{name}", next(values))

    @staticmethod
    def _costs(outputs: dict[str, Tensor]) -> bool:
        return any(value.device.type != "cpu" for value in outputs.values())

    def _is_wanted(self, runner, batch_idx: int) -> bool:
        return (
            self.every_n_inner_iters(batch_idx, logging_interval(runner))
            or self.end_of_epoch(runner.train_dataloader, batch_idx)
            or runner.iter + 1 >= runner.max_iters
        )


def logging_interval(runner) -> int:
    """Iterations between two lines of the log."""
    intervals = [h.interval for h in runner.hooks if type(h).__name__ == "LoggerHook"]
    return intervals[0] if intervals else 1


def fetch_losses(runner) -> None:
    """Fetches the pending losses of the run's hook, if it has one."""
    for hook in _hooks(runner):
        hook.fetch(runner)


def losses_are_pending(runner) -> bool:
    """Whether the message hub lacks the losses of the last iterations."""
    return any(hook.pending for hook in _hooks(runner))


def _hooks(runner) -> list[FetchLossesHook]:
    return [hook for hook in runner.hooks if isinstance(hook, FetchLossesHook)]
