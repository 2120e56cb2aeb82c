"""What --deterministic costs: the joint step with it and without it, by turns.

The switches are those that the training tool sets; on a CPU all that they change is
that memory is filled before it is used, for kernels repeat there anyway. Time is the
processor's on a CPU, the clock's on a GPU.
"""

from __future__ import annotations

import itertools
import statistics
import time

import torch
from _common import alternate, arguments, ratio, write
from joint_step import BATCH, SIZE, build, make_batch
from mmengine.config import Config

from ce_plugin.engine.deterministic import ask_for_determinism
from ce_plugin.engine.memory import keep_memory


def set_deterministic(wanted: bool) -> None:
    """As mmengine does it for ``randomness=dict(deterministic=True)``."""
    torch.backends.cudnn.deterministic = wanted
    torch.backends.cudnn.benchmark = not wanted
    torch.use_deterministic_algorithms(wanted)


def main() -> None:
    """Times, writes."""
    args = arguments(__doc__.splitlines()[0], rounds=8, batch=BATCH)
    # Before anything runs on a GPU.
    ask_for_determinism(Config())
    keep_memory()
    model, optim, _ = build()
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        model.cuda()
    batches = itertools.cycle([make_batch(i, args.batch) for i in range(4)])

    def step(deterministic: bool) -> None:
        set_deterministic(deterministic)
        log = model.train_step(next(batches), optim)
        log["loss"].item()

    runs = dict(usual=lambda: step(False), deterministic=lambda: step(True))
    clock = time.perf_counter if on_gpu else time.process_time
    times = alternate(runs, args.rounds, warmup=2, clock=clock)
    set_deterministic(False)
    write(
        "deterministic",
        dict(
            what=f"joint DCGAN step, batch {args.batch}, {SIZE} px, float32",
            times_as_long=ratio(times["deterministic"], times["usual"]),
            seconds={k: round(statistics.median(v), 3) for k, v in times.items()},
            clock="wall" if on_gpu else "processor",
            rounds=args.rounds,
        ),
        args.out,
    )


if __name__ == "__main__":
    main()
