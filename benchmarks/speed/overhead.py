"""What loop and hooks add to the steps of the default job.

One run of configs/pretrain_ce.py with all its hooks; in every iteration the model's
own step and the waiting for data are timed from inside, and what is left of the
iteration is the runner's. Checkpoints, pictures and validations come every few hundred
iterations and are not part of a step.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from _common import arguments, write

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "pretrain_ce.py"


def main() -> None:
    """Runs, times, writes."""
    args = arguments(__doc__.splitlines()[0], rounds=100)
    from mmengine.hooks import Hook

    from ce_plugin.console.training import ToolRunner
    from ce_plugin.engine.config import hand_out, load_config

    class Clock(Hook):
        """First in line at the end of an iteration, and around the model's step."""

        priority = 0

        def __init__(self) -> None:
            self.whole: list[float] = []
            self.step: list[float] = []
            self.wait: list[float] = []
            self.last = None

        def before_train(self, runner) -> None:
            inner = runner.model.train_step

            def timed(*a, **k):
                began = time.perf_counter()
                log = inner(*a, **k)
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

    with tempfile.TemporaryDirectory() as folder:
        options = [
            f"train_cfg.max_iters={args.rounds + 10}",
            "train_cfg.val_interval=100000",
            "default_hooks.checkpoint.interval=100000",
        ]
        cfg = hand_out(load_config(str(CONFIG), options))
        cfg.work_dir = folder
        for hook in cfg.custom_hooks:
            if hook.type == "ReconstructionHook":
                hook.interval = 100_000
        runner = ToolRunner.from_cfg(cfg)
        clock = Clock()
        runner.register_hook(clock, priority=0)
        runner.train()
    # The first iterations start workers and fill caches.
    whole, wait = clock.whole[9:], clock.wait[9:]
    step = clock.step[10:][: len(whole)]
    own = [w - s - d for w, s, d in zip(whole, step, wait)]
    write(
        "overhead",
        dict(
            what="loop and hooks beside the model's step, configs/pretrain_ce.py",
            iterations=len(whole),
            overhead_share=round(sum(own) / sum(step), 4),
            data_wait_share=round(sum(wait) / sum(whole), 4),
            milliseconds=dict(
                overhead=round(1e3 * statistics.median(own), 2),
                step=round(1e3 * statistics.median(step), 2),
                data_wait=round(1e3 * statistics.median(wait), 2),
            ),
            bound="mmengine's log line (every 50 iterations) and message hub",
        ),
        args.out,
    )


if __name__ == "__main__":
    sys.exit(main())
