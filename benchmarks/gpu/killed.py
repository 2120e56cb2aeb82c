"""A run of the training tool that is killed and resumed, beside one that is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[2]
STEPS, EVERY, KILLED_AT = 24, 4, 8
OPTIONS = (
    f"train_cfg.max_iters={STEPS}",
    "train_cfg.val_interval=1000",
    f"default_hooks.checkpoint.interval={EVERY}",
    "val_dataloader.dataset.crops_per_picture=1",
)
TINY = ("train_dataloader.batch_size=4", "model.backbone.base_channels=4")


def killed_and_resumed(
    work: Path, seconds: float, tiny: bool = False
) -> dict[str, Any]:
    """The default job with ``--deterministic``, three times: whole, again, killed.

    Args:
        work: Where the runs go.
        seconds: Time limit for everything.
        tiny: A small network and small batches.

    Returns:
        ``again`` and ``resumed``: the largest difference of a weight to the first run,
        0 where all bits are equal; ``resumed_from``, the checkpoint.

    Raises:
        RuntimeError: A run failed, or was too slow or too fast to be killed.
    """
    ends = time.monotonic() + seconds
    runs = {name: work / name for name in ("whole", "again", "killed")}
    for name in ("whole", "again"):
        _wait(_start(runs[name], tiny), ends)
    process = _start(runs["killed"], tiny)
    try:
        last = runs["killed"] / f"iter_{KILLED_AT}.pth"
        while not last.exists():
            if process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"no checkpoint after {KILLED_AT} steps")
            time.sleep(0.01)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if (runs["killed"] / "encoder.pth").exists():
        raise RuntimeError("it was done before it was killed: raise the steps")
    resumed_from = (runs["killed"] / "last_checkpoint").read_text().strip()
    _wait(_start(runs["killed"], tiny, "--resume"), ends)
    states = {name: _state(folder) for name, folder in runs.items()}
    first = states.pop("whole")
    again, resumed = (
        max((first[k] - v).abs().max().item() for k, v in state.items())
        for state in states.values()
    )
    return dict(again=again, resumed=resumed, resumed_from=Path(resumed_from).stem)


def _start(work: Path, tiny: bool, *more: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "ce_plugin.tools.train", "pretrain_ce.py"]
    command += ["--deterministic", "--work-dir", str(work), *more]
    command += ["--cfg-options", *OPTIONS, *(TINY if tiny else ())]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True)


def _wait(process: subprocess.Popen, ends: float) -> None:
    try:
        status = process.wait(max(1, ends - time.monotonic()))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise RuntimeError("a run was not done in time") from None
    if status:
        raise RuntimeError(f"a run ended with {status}, see run.log")


def _state(folder: Path) -> dict[str, torch.Tensor]:
    """All weights, the discriminator's too, in double precision."""
    saved = torch.load(
        folder / f"iter_{STEPS}.pth", map_location="cpu", weights_only=False
    )
    return {k: v.double() for k, v in saved["state_dict"].items()}
