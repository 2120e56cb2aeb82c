"""What loop, hooks and loading add to the steps of a training run.

A run of each config with all its hooks; in every iteration the model's own step and the
waiting for data are timed from inside, and what is left of the iteration is the
runner's. Checkpoints, pictures and validations come every few hundred iterations and
are not part of a step.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _common import RESULTS, arguments, write
from mmengine.hooks import Hook

from ce_plugin.console.training import ToolRunner
from ce_plugin.engine.config import hand_out, load_config

DEFAULT_JOB, RECIPE = "pretrain_ce.py", "hidden-words_r18-half-96.py"
SKIPPED = 9
"""Iterations at the start, in which workers begin and caches fill."""


class Clock(Hook):
    """First in line at the end of an iteration, and around the model's step."""

    priority = 0

    def __init__(self) -> None:
        self.whole: list[float] = []
        self.step: list[float] = []
        self.wait: list[float] = []
        self.last: float | None = None

    def before_train(self, runner) -> None:
        inner = runner.model.train_step

        def timed(*args, **kwargs):
            began = time.perf_counter()
            log = inner(*args, **kwargs)
            # The log needs the values in any case.
            for value in log.values():
                value.item()
            self.step.append(time.perf_counter() - began)
            return log

        runner.model.train_step = timed

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        now = time.perf_counter()
        if self.last is not None:
            self.whole.append(now - self.last)
            self.wait.append(runner.train_loop.data_wait)
        self.last = now


def run(config: str, rounds: int, data_root: str | None) -> dict[str, Any]:
    """Shares and milliseconds of one config."""
    with tempfile.TemporaryDirectory() as folder:
        options = [
            f"train_cfg.max_iters={rounds + SKIPPED + 1}",
            "train_cfg.val_interval=100000",
            "default_hooks.checkpoint.interval=100000",
        ]
        if data_root:
            options.append(f"data_root={data_root}")
        cfg = hand_out(load_config(config, options))
        cfg.work_dir = folder
        for hook in cfg.custom_hooks:
            if hook.type == "ReconstructionHook":
                hook.interval = 100_000
        runner = ToolRunner.from_cfg(cfg)
        clock = Clock()
        runner.register_hook(clock, priority=0)
        runner.train()
    whole, wait = clock.whole[SKIPPED:], clock.wait[SKIPPED:]
    step = clock.step[SKIPPED + 1 :][: len(whole)]
    own = [w - s - d for w, s, d in zip(whole, step, wait)]
    return dict(
        iterations=len(whole),
        pictures=len(runner.train_dataloader.dataset),
        overhead_share=round(sum(own) / sum(step), 4),
        data_wait_share=round(sum(wait) / sum(whole), 4),
        milliseconds=dict(
            overhead=round(1e3 * statistics.median(own), 2),
            step=round(1e3 * statistics.median(step), 2),
            data_wait=round(1e3 * statistics.median(wait), 2),
        ),
    )


def main() -> None:
    """Runs, times, writes."""
    args = arguments(
        __doc__.splitlines()[0],
        rounds=100,
        options={"--data-root": f"pictures for {RECIPE}; without them it is left out"},
    )
    path = Path(args.out) if args.out else RESULTS / "overhead.json"
    known = json.loads(path.read_text())["configs"] if path.is_file() else {}
    found = known | {DEFAULT_JOB: run(DEFAULT_JOB, args.rounds, None)}
    if args.data_root:
        found[RECIPE] = run(RECIPE, args.rounds, args.data_root)
    bound = "mmengine's log line (every 50 iterations) and message hub"
    write("overhead", dict(configs=found, bound=bound), args.out)


if __name__ == "__main__":
    sys.exit(main())
