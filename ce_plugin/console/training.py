"""A training run on the screen: what is trained on what, how far it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from .description import describe_run
from .logs import speak_plainly
from .terminal import Terminal, terminal

# At most so many figures of an evaluation are shown in a line; the log has all.
MOST_FIGURES = 6
SECONDS_BETWEEN_DRAWINGS = 0.25


class ToolRunner(Runner):
    """mmengine's runner; what it logs goes to its file, and the screen stays readable.

    Example:
        >>> # ToolRunner.from_cfg(cfg).train()
    """

    def build_logger(self, *args: Any, **kwargs: Any):
        """Builds mmengine's logger, with the terminal in place of its own output."""
        logger = super().build_logger(*args, **kwargs)
        return speak_plainly(logger)

    def register_hooks(self, *args: Any, **kwargs: Any) -> None:
        """Registers the hooks of the config, and the one that shows the progress."""
        super().register_hooks(*args, **kwargs)
        self.register_hook(ProgressHook(terminal()))


class ProgressHook(Hook):
    """Describes the run, then draws a progress bar, or writes a line now and then.

    Between two drawings it adds up two numbers an iteration. The loss is the mean of
    what mmengine has noted anyhow, so that nothing waits for the device.

    Args:
        screen: Where.
        interval: Iterations between two lines where there is no screen; None takes
            those of the log's own lines.
    """

    # After mmengine's own of that priority, which notes the losses.
    priority = "VERY_HIGH"

    def __init__(self, screen: Terminal, interval: int | None = None) -> None:
        self.screen, self.interval = screen, interval
        self.steps: deque[tuple[float, int]] = deque(maxlen=100)
        self.began = self.ended = self.drawn = 0.0

    def before_train(self, runner) -> None:
        for line in describe_run(runner):
            runner.logger.info(line)
        if self.interval is None:
            hooks = [h for h in runner.hooks if type(h).__name__ == "LoggerHook"]
            self.interval = hooks[0].interval if hooks else 50
        self.screen.start_bar(runner.max_iters, runner.iter)
        self.began = self.ended = time.perf_counter()

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        now = time.perf_counter()
        self.steps.append((now - self.ended, batch_size(data_batch)))
        self.ended = now
        done = runner.iter + 1
        if self.screen.live:
            if now - self.drawn >= SECONDS_BETWEEN_DRAWINGS or done == runner.max_iters:
                self.drawn = now
                self.screen.move_bar(done, self._text(runner, done))
        elif done % self.interval == 0 and not self.screen.verbose:
            self.screen.line(self._text(runner, done))

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        now = time.perf_counter()
        if self.screen.live and now - self.drawn >= SECONDS_BETWEEN_DRAWINGS:
            self.drawn = now
            of = len(runner.val_dataloader)
            self.screen.move_bar(runner.iter, f"evaluating, batch {batch_idx + 1}/{of}")

    def after_val_epoch(self, runner, metrics: Mapping[str, float] | None = None):
        if metrics and not self.screen.verbose:
            figures = describe_figures(metrics)
            self.screen.line(f"held out after {runner.iter} iterations: {figures}")
        # The evaluation is no part of a step.
        self.ended = time.perf_counter()

    def after_train(self, runner) -> None:
        took = timedelta(seconds=round(time.perf_counter() - self.began))
        self.screen.move_bar(runner.iter, f"{runner.iter} iterations in {took}")
        self.screen.stop_bar()

    def _text(self, runner, done: int) -> str:
        seconds = sum(step for step, _ in self.steps)
        pictures = sum(size for _, size in self.steps)
        parts = [f"{done}/{runner.max_iters}"]
        losses = runner.message_hub.log_scalars.get("train/loss")
        if losses is not None and losses.data[0].size:
            parts.append(f"loss {losses.mean(self.interval):.4g}")
        if pictures:
            parts.append(f"{_speed(pictures * runner.world_size / seconds)} pictures/s")
        left = seconds / len(self.steps) * (runner.max_iters - done)
        parts.append(f"{timedelta(seconds=round(left))} left")
        return "  ".join(parts)


def _speed(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def batch_size(batch: Any) -> int:
    """Pictures in a batch as loaders of this package, mmdet and mmseg hand it over.

    Args:
        batch: A dict with ``inputs``: a tensor (N, C, H, W), a list of N pictures, or a
            list of views, each such a tensor.

    Returns:
        N, or 0 of another kind of batch.

    Example:
        >>> batch_size(dict(inputs=["picture", "picture"]))
        2
    """
    inputs = batch.get("inputs") if isinstance(batch, Mapping) else None
    if not isinstance(inputs, Tensor | list | tuple) or not len(inputs):
        return 0
    first = inputs[0]
    views = not isinstance(inputs, Tensor) and isinstance(first, Tensor)
    return len(first) if views and first.ndim == 4 else len(inputs)


def describe_figures(metrics: Mapping[str, float]) -> str:
    """The figures of an evaluation in a line; those beside it (floors) are left out.

    Example:
        >>> describe_figures({"in/l1": 1.5, "in/mean/l1": 3.0})
        'l1 1.5'
    """
    depth = min(name.count("/") for name in metrics)
    own = [name for name in metrics if name.count("/") == depth]
    figures = [f"{n.rpartition('/')[2]} {_figure(metrics[n])}" for n in own]
    more = len(figures) - MOST_FIGURES
    end = f" and {more} more in the log" if more > 0 else ""
    return ", ".join(figures[:MOST_FIGURES]) + end


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
