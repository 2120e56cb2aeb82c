"""How much of a step is waiting for pictures, by the number of processes that read."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from mmengine.runner import Runner

from ce_plugin.engine.config import hand_out, load_config
from ce_plugin.engine.memory import keep_memory
from gpu.device import Device
from gpu.fast_encoders import METHODS, VARIANTS, build, optimizers
from gpu.record import NotHere, Record
from gpu.variants import Sizes

STEPS, FIRST = 12, 4


def add_loading(
    record: Record, device: Device, sizes: Sizes, pictures: Path | None
) -> None:
    """The Context Encoder's step, fed by 1 to 16 processes."""
    keep_memory()
    for workers in sizes.workers:
        record.add(
            f"waiting, {workers} workers",
            lambda n=workers: waiting(device, sizes, pictures, n),
            least=10,
        )


def waiting(
    device: Device, sizes: Sizes, pictures: Path | None, workers: int
) -> dict[str, Any]:
    """Share of the time in which the step has no batch; starting up left out."""
    cores = len(os.sched_getaffinity(0))
    if workers > cores:
        raise NotHere(f"{cores} cores")
    cfg = load_config(METHODS["context-encoder"][0], [])
    cfg.data_root = pictures and str(pictures)
    loader_cfg = hand_out(cfg).train_dataloader
    loader_cfg.update(batch_size=sizes.passes, num_workers=workers)
    loader_cfg.dataset.transforms[0].size = sizes.side
    loader_cfg.pin_memory = device.cuda
    loader = Runner.build_dataloader(loader_cfg, seed=0)
    variant = VARIANTS[2]
    model, optim_cfg = build(cfg, variant)
    model.to(device.type).train()
    optim = optimizers(model, optim_cfg)
    step = variant.step(model, optim)
    batches = iter(loader)
    waits, wholes = [], []
    steps, first = (2, 1) if sizes.repeats == 1 else (STEPS, FIRST)
    for i in range(steps + first):
        began = time.perf_counter()
        data = next(batches)
        waited = time.perf_counter() - began
        step(data)
        device.synchronize()
        if i >= first:
            waits.append(waited)
            wholes.append(time.perf_counter() - began)
    return dict(
        share=round(sum(waits) / sum(wholes), 4),
        ms=round(1e3 * sum(wholes) / len(wholes), 2),
        pictures_per_s=round(sizes.passes * len(wholes) / sum(wholes), 1),
    )
