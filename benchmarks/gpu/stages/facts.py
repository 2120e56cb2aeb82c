"""Stage 1: the device, what runs on it, and what it can do at most."""

from __future__ import annotations

import os
import platform
from typing import Any

import mmengine
import numpy as np
import timm
import torch
import torchvision

from gpu.device import Device, precision
from gpu.record import NotHere, Record, arguments

RATES = {
    "float32": (torch.float32, False),
    "tf32": (torch.float32, True),
    "bfloat16": (torch.bfloat16, False),
    "float16": (torch.float16, False),
}


def main() -> None:
    """Finds out, and writes facts.json."""
    args = arguments(__doc__)
    device = Device(args.device)
    record = Record(args.out / "facts.json", args.seconds)
    record.add("machine", lambda: machine(device))
    size = 2**20 if args.tiny else 2**30
    for name in ("pageable to device", "pinned to device", "device to pinned"):
        record.add(f"copy, {name}", lambda name=name: copy(device, name, size))
    record.add("copy on the device", lambda: copy_inside(device, 4 * size))
    side = 256 if args.tiny else 8192
    for name in RATES:
        record.add(
            f"matrix product, {name}", lambda name=name: rate(device, name, side)
        )


def machine(device: Device) -> dict[str, Any]:
    """Names and versions."""
    memory = torch.cuda.mem_get_info()[1] if device.cuda else None
    return dict(
        device=device.name,
        device_memory_mb=memory and memory // 2**20,
        capability=list(torch.cuda.get_device_capability()) if device.cuda else None,
        cores=len(os.sched_getaffinity(0)),
        python=platform.python_version(),
        kernel=platform.release(),
        cuda=torch.version.cuda,
        cudnn=torch.backends.cudnn.version(),
        torch=torch.__version__,
        torchvision=torchvision.__version__,
        timm=timm.__version__,
        mmengine=mmengine.__version__,
        numpy=np.__version__,
    )


def copy(device: Device, way: str, size: int) -> dict[str, float]:
    """GB/s of ``size`` bytes between the processor's memory and the device's."""
    if not device.cuda:
        raise NotHere("a CPU has one memory")
    there = torch.empty(size, dtype=torch.uint8, device=device.type)
    here = torch.empty(size, dtype=torch.uint8, pin_memory="pinned" in way)
    here.fill_(1)
    source, target = (there, here) if way.startswith("device") else (here, there)
    seconds = device.seconds(lambda: target.copy_(source, non_blocking=True), 5)
    return dict(gb_per_s=round(size / seconds / 1e9, 1))


def copy_inside(device: Device, size: int) -> dict[str, float]:
    """GB/s on the device, bytes read and bytes written."""
    source = torch.ones(size, dtype=torch.uint8, device=device.type)
    target = torch.empty_like(source)
    seconds = device.seconds(lambda: target.copy_(source), 10)
    return dict(gb_per_s=round(2 * size / seconds / 1e9, 1))


def rate(device: Device, name: str, side: int) -> dict[str, float]:
    """TFLOP/s of a square matrix product of random numbers."""
    dtype, reduced = RATES[name]
    if reduced and not device.cuda:
        raise NotHere("a CPU has no TF32")
    a, b = (torch.randn(side, side, device=device.type, dtype=dtype) for _ in "ab")
    out = torch.empty_like(a)
    with precision("tf32" if reduced else "ieee"):
        seconds = device.seconds(lambda: torch.matmul(a, b, out=out), 10)
    return dict(tflop_per_s=round(2 * side**3 / seconds / 1e12, 3))


if __name__ == "__main__":
    main()
