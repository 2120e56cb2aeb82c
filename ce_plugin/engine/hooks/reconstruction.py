"""Saves pictures while training: the same holes, filled again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic
from ce_plugin.pages.run.panel import panel, to_png
from ce_plugin.registry import HOOKS

STEPS_KEY = "reconstruction_steps"
"""Key of the iterations with a picture in the message hub, and in checkpoints."""


@HOOKS.register_module()
class ReconstructionHook(Hook):
    """Draws a few pictures before training, every ``interval`` steps and at the end.

    The pictures are spread evenly over the held-out dataset, or over the training
    dataset where there is none; they and their holes stay the same for the whole run.
    The panels go to ``<work_dir>/pictures/iter_000200.png`` and, as image
    ``reconstructions``, to every backend of the visualizer.

    Drawing changes nothing in the training: modes of all modules and the state of
    torch's random generators are as before.

    Args:
        interval: Iterations between panels; None for the loop's ``val_interval``.
        num_samples: Rows of a panel.

    Raises:
        InputError: An argument is below 1, the dataset is empty, or the pretext task
            predicts no pictures.

    Example:
        >>> ReconstructionHook(interval=200).interval
        200
    """

    # Before mmengine's step timer, which books what follows it as waiting for data.
    priority = "ABOVE_NORMAL"

    def __init__(self, interval: int | None = None, num_samples: int = 6) -> None:
        if (interval is not None and interval < 1) or num_samples < 1:
            raise InputError(
                f"ReconstructionHook: interval={interval} and num_samples="
                f"{num_samples} must be at least 1"
            )
        self.interval = interval
        self.num_samples = num_samples
        self.batch: dict[str, Any] = {}

    def before_train(self, runner) -> None:
        """Choose the pictures, and draw the untrained network."""
        self.interval = self.interval or runner.train_loop.val_interval
        held_out = runner.val_loop is not None
        loader = runner.val_dataloader if held_out else runner.train_dataloader
        size = len(loader.dataset)
        if size == 0:
            raise InputError(
                "ReconstructionHook: the dataset that it draws from is empty; give it "
                "pictures or remove the hook"
            )
        rows = min(self.num_samples, size)
        with _kept_random_state():
            chosen = [loader.dataset[row * size // rows] for row in range(rows)]
        self.batch = loader.collate_fn(chosen)
        if runner.iter == 0:
            # The hub outlives a run in the same process.
            runner.message_hub.update_info(STEPS_KEY, [])
            self._draw(runner, 0)

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Draw every ``interval`` iterations."""
        if self.every_n_train_iters(runner, self.interval):
            self._draw(runner, runner.iter + 1)

    def after_train(self, runner) -> None:
        """Draw the end, where the interval has not done so already."""
        if runner.iter not in runner.message_hub.get_info(STEPS_KEY, []):
            self._draw(runner, runner.iter)

    def _draw(self, runner, step: int) -> None:
        # Every process takes part: a wrapper that synchronises buffers in its forward
        # pass would make a single one wait for ever.
        with _evaluating(runner.model), _kept_random_state(), torch.no_grad():
            samples = runner.model.test_step(self.batch)
        steps = runner.message_hub.get_info(STEPS_KEY, [])
        runner.message_hub.update_info(STEPS_KEY, [*steps, step])
        if not is_main_process():
            return
        wanted = ("input", "prediction", "composite", "target", "mask")
        missing = [name for name in wanted if name not in samples[0]]
        if missing:
            raise InputError(
                f"ReconstructionHook: the predictions have no {', '.join(missing)}; "
                "remove the hook, it is for pretext tasks that fill holes"
            )
        image = panel(samples)
        write_atomic(picture_path(runner.work_dir, step), to_png(image))
        runner.visualizer.add_image("reconstructions", image, step)


def picture_path(work_dir: str | Path, step: int) -> Path:
    """The path of an iteration's panel.

    Example:
        >>> picture_path("run", 200).as_posix()
        'run/pictures/iter_000200.png'
    """
    return Path(work_dir) / "pictures" / f"iter_{step:06d}.png"


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode; afterwards each module is back in its own mode."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def _kept_random_state() -> Iterator[None]:
    devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=devices):
        yield
