"""A schedule that ends at a time of the day instead of after a number of steps."""

from __future__ import annotations

import math
import time

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict

from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap

WARMUP = 0.05
"""Share of the time in which the learning rate rises."""
FEWEST = 3
"""Steps that are taken in any case."""


@HOOKS.register_module()
class ClockHook(Hook):
    """Warm-up and cosine by the time that is gone, and the end when it is.

    Steps may be slower or faster than was thought, or grow slower meanwhile: the
    learning rate is down when the time is over, and no step is too many. The model's
    ``progress`` is the same share of the time.

    Args:
        ends: When to end, in seconds as ``time.time()`` has them.

    Example:
        >>> ClockHook.factor(0.025), ClockHook.factor(0.05), round(ClockHook.factor(1))
        (0.5, 1.0, 0)
    """

    # After the loop has told the model its own progress, before everything else.
    priority = "VERY_HIGH"

    def __init__(self, ends: float) -> None:
        self.ends = ends

    @staticmethod
    def factor(share: float) -> float:
        """What the learning rates are multiplied by at a share of the time."""
        if share < WARMUP:
            return max(share, 0.0) / WARMUP
        gone = min((share - WARMUP) / (1 - WARMUP), 1.0)
        return 0.5 * (1 + math.cos(math.pi * gone))

    def before_train(self, runner) -> None:
        """The clock starts when the first batch can."""
        self.began = time.time()
        wrapper = runner.optim_wrapper
        several = isinstance(wrapper, OptimWrapperDict)
        wrappers = wrapper.values() if several else [wrapper]
        groups = [group for w in wrappers for group in w.param_groups]
        self.rates = [(group, group["lr"]) for group in groups]

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Rates and progress of this step."""
        share = (time.time() - self.began) / max(self.ends - self.began, 1e-9)
        for group, rate in self.rates:
            group["lr"] = rate * self.factor(share)
        unwrap(runner.model).progress = min(max(share, 0.0), 1 - 1e-9)

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """The end of the training, when it is time."""
        if time.time() >= self.ends and runner.iter + 1 >= FEWEST:
            runner.train_loop.stop_training = True
