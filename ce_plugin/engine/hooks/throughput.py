"""Measures how fast a run is, and what it waits for."""

from __future__ import annotations

import time
from collections import deque

from mmengine.dist import get_world_size
from mmengine.hooks import Hook

from ce_plugin.registry import HOOKS


@HOOKS.register_module()
class ThroughputHook(Hook):
    """Logs ``images_per_second`` and ``data_wait``, the share of time without data.

    Both are means over the last ``window`` iterations, over all processes. The first
    iterations, in which workers start, are left out.

    Args:
        window: Iterations to average over.
    """

    def __init__(self, window: int = 50) -> None:
        self.steps: deque[tuple[int, float, float]] = deque(maxlen=window)
        self.seen = 0
        self.began = 0.0

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        self.began = time.perf_counter()

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        wait = runner.train_loop.data_wait
        # From here to here, so that validations and pictures do not count.
        step = time.perf_counter() - self.began + wait
        inputs = data_batch["inputs"]
        size = len(inputs[0] if isinstance(inputs, list) else inputs)
        self.seen += 1
        if self.seen <= 2:
            return
        self.steps.append((size * get_world_size(), step, wait))
        images, seconds, waited = (sum(column) for column in zip(*self.steps))
        hub = runner.message_hub
        hub.update_scalar("train/images_per_second", images / seconds)
        hub.update_scalar("train/data_wait", waited / seconds)
