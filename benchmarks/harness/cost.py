"""Hooks that measure the cost of a training run, the same for every method."""

from __future__ import annotations

import json
import resource
import statistics
import time
from pathlib import Path

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ce_plugin.registry import HOOKS, MODELS
from ce_plugin.unwrap import unwrap

SPENT_KEY = "cost_spent"
"""Entry of the message hub, and so of the checkpoint: seconds of all steps."""
SETUP_KEY = "cost_setup"
"""Entry of the message hub: seconds before the first step."""
STEPS_KEY = "cost_steps"
"""Entry of the message hub: seconds and loss of every step, and the peak in MiB. Like
the others it is in checkpoints, so that a resumed start has all of the run."""
WARMUP = 3
"""First steps that do not count: caches fill, memory is taken."""


def clock() -> float:
    """Seconds of the device that the budget is about.

    Of this process's processor time, which neighbours lengthen least, or on a GPU of
    the wall, as long as the process has it for itself.
    """
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def _peak() -> float:
    """Most memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class _Steps(Hook):
    """Times training steps, the loading of their pictures included.

    ``setup`` are the seconds from the start of the run, its dataset and network built,
    to the first step: initial weights, and what a target is fitted to.
    """

    # The first at the end of a step.
    priority = "VERY_HIGH"

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.began = self.last = self.setup = 0.0

    def before_run(self, runner: Runner) -> None:
        self.began = clock()

    def before_train_epoch(self, runner: Runner) -> None:
        # The last that is called before the first picture is read.
        self.last = clock()
        self.setup = self.last - self.began

    def after_train_iter(self, runner: Runner, *_, **__) -> None:
        now = clock()
        self.seconds.append(now - self.last)
        self.last = now


@HOOKS.register_module()
class CostHook(_Steps):
    """Writes ``cost.json`` into the work directory after training.

    It holds ``minutes`` (of the processor, or of the GPU) and ``wall_minutes`` of all
    steps, those before a resumed start included, ``setup_minutes`` of what came before
    the first of them, which ``minutes`` has in it, ``images_per_second`` (pictures, not
    views) at the median step, ``images``, ``iterations``, ``peak_memory_mb`` of the
    process, ``device_memory_mb``, ``parameters`` of the encoder, ``trained_parameters``
    and ``loss``, the mean of the last twentieth of the steps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wall = 0.0
        self.steps: list = [[], [], 0.0]

    def before_train_epoch(self, runner: Runner) -> None:
        super().before_train_epoch(runner)
        if runner.iter == 0:
            # The hub outlives a run in the same process.
            runner.message_hub.update_info(SPENT_KEY, [self.setup, 0.0])
            runner.message_hub.update_info(SETUP_KEY, self.setup)
        else:
            self.steps = runner.message_hub.get_info(STEPS_KEY) or self.steps
        runner.message_hub.update_info(STEPS_KEY, self.steps)
        self.wall = time.perf_counter()

    def after_train_iter(self, runner: Runner, *_, outputs=None, **__) -> None:
        super().after_train_iter(runner)
        # The hub has these very lists: to read them back would copy them.
        self.steps[0].append(self.seconds[-1])
        self.steps[1].append(float(outputs["loss"]))
        self.steps[2] = max(self.steps[2], _peak())
        now = time.perf_counter()
        seconds, wall = runner.message_hub.get_info(SPENT_KEY)
        spent = [seconds + self.seconds[-1], wall + now - self.wall]
        runner.message_hub.update_info(SPENT_KEY, spent)
        self.wall = now

    def after_train(self, runner: Runner) -> None:
        model = unwrap(runner.model)
        timed, losses, peak = self.steps
        steady = timed[WARMUP:] or timed
        batch = runner.train_dataloader.batch_size
        tail = losses[-max(1, len(losses) // 20) :]
        device = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
        seconds, wall = runner.message_hub.get_info(SPENT_KEY)
        setup = runner.message_hub.get_info(SETUP_KEY, 0.0)
        cost = dict(
            minutes=seconds / 60,
            setup_minutes=setup / 60,
            wall_minutes=wall / 60,
            images_per_second=batch / statistics.median(steady) if steady else None,
            images=batch * runner.iter,
            iterations=runner.iter,
            peak_memory_mb=round(max(peak, _peak())),
            device_memory_mb=round(device / 2**20) or None,
            parameters=sum(p.numel() for p in model.backbone.parameters()),
            trained_parameters=sum(
                p.numel() for p in model.parameters() if p.requires_grad
            ),
            loss=statistics.mean(tail) if tail else None,
        )
        Path(runner.work_dir, "cost.json").write_text(
            json.dumps(cost), encoding="utf-8"
        )


@HOOKS.register_module()
class CalibrationHook(_Steps):
    """Times each step beside a pass of the bare encoder.

    The ratio of the two does not depend on how fast the machine is just now, so that
    methods timed at different moments get fair budgets. Writes ``calibration.json``:
    ``ratio``, ``reference``, seconds of the encoder's pass, and ``setup``, what comes
    before the first step, in passes.

    Args:
        model: Config of the encoder.
        shape: Shape of the encoder's batch, (B, 3, H, W).
    """

    def __init__(self, model: dict, shape: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.model, self.shape = model, shape
        self.reference: list[float] = []

    def before_train(self, runner: Runner) -> None:
        device = next(runner.model.parameters()).device
        self.net = MODELS.build(dict(self.model)).to(device)
        self.batch = torch.randn(*self.shape, device=device)
        super().before_train(runner)

    def after_train_iter(self, runner: Runner, *_, **__) -> None:
        super().after_train_iter(runner)
        began = clock()
        self.net(self.batch)[-1].square().mean().backward()
        self.last = clock()
        self.reference.append(self.last - began)

    def after_train(self, runner: Runner) -> None:
        pairs = list(zip(self.seconds, self.reference))[WARMUP:]
        reference = statistics.median(b for _, b in pairs)
        result = dict(
            ratio=statistics.median(a / b for a, b in pairs),
            reference=reference,
            setup=self.setup / reference,
        )
        Path(runner.work_dir, "calibration.json").write_text(
            json.dumps(result), encoding="utf-8"
        )


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keeps the network's weights as channels last, the faster layout for some."""

    def before_run(self, runner: Runner) -> None:
        unwrap(runner.model).to(memory_format=torch.channels_last)
