"""The joint step of the released network: ours, a plain loop, and the bare kernels."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from joint_step import PlainLoop, build, make_batch
from torch.profiler import ProfilerActivity, profile

from gpu.device import Device
from gpu.record import Record
from gpu.variants import Sizes, Variant

VARIANTS = (
    Variant(),
    Variant(captured=True),
    Variant(amp=True),
    Variant(amp=True, captured=True),
    Variant(channels_last=True),
)


def add_joint(record: Record, device: Device, size: int, sizes: Sizes) -> None:
    """All ways of the step at one batch size."""
    title = f"joint {size}"
    for variant in (Variant(), Variant(amp=True)):
        record.add(
            f"{title}, plain loop, {variant}",
            lambda v=variant: plain(device, size, sizes, v),
            least=3,
        )
        record.add(
            f"{title}, bare generator, {variant}",
            lambda v=variant: bare(device, size, sizes, v),
            least=3,
        )
    for variant in VARIANTS:
        record.add(
            f"{title}, ours, {variant}",
            lambda v=variant: ours(device, size, sizes, v),
            least=3,
        )


def batches(device: Device, size: int) -> itertools.cycle:
    """Batches that lie on the device, as bytes."""
    made = [make_batch(i, size) for i in range(2)]
    return itertools.cycle(
        dict(
            inputs=data["inputs"].to(device.type),
            data_samples=data["data_samples"].to(device.type),
        )
        for data in made
    )


def ours(device: Device, size: int, sizes: Sizes, variant: Variant) -> dict[str, Any]:
    """Our step as the training tool runs it; its kernels alone by the profiler."""
    model, optim, _ = build(variant.wrapper)
    model.to(device.type)
    data = batches(device, size)
    step = variant.step(model, optim)

    def run() -> None:
        step(next(data))

    with variant.precision(device.type):
        found = timed(device, run, sizes)
    # A replay is one launch: what its kernels take is the same as without.
    return found if variant.captured else found | dict(kernels_ms=kernels(device, run))


def plain(device: Device, size: int, sizes: Sizes, variant: Variant) -> dict[str, Any]:
    """The plain loop, which fetches its losses in every step."""
    _, _, loop = build()
    move(loop, device)
    data = batches(device, size)
    with variant.precision(device.type):
        return timed(device, lambda: loop.step(next(data)), sizes)


def bare(device: Device, size: int, sizes: Sizes, variant: Variant) -> dict[str, Any]:
    """Forward and backward pass of the plain generator, nothing else."""
    _, _, loop = build()
    move(loop, device)
    pictures = torch.rand(size, 3, 128, 128, device=device.type)
    shape = loop.g(pictures[:2]).shape[1:]
    gradient = torch.rand(size, *shape, device=device.type)

    def run() -> None:
        loop.g.zero_grad()
        loop.g(pictures).backward(gradient)

    with variant.precision(device.type):
        return timed(device, run, sizes)


def move(loop: PlainLoop, device: Device) -> None:
    """The plain loop's networks and constant onto the device."""
    loop.g.to(device.type)
    loop.d.to(device.type)
    loop.fill = loop.fill.to(device.type)


def timed(device: Device, run, sizes: Sizes) -> dict[str, Any]:
    """Milliseconds of a step, and the most memory."""
    device.peak_mb()
    seconds = device.seconds(run, sizes.repeats, sizes.warmup)
    return dict(ms=round(1e3 * seconds, 3), peak_mb=device.peak_mb())


def kernels(device: Device, run) -> float:
    """Milliseconds in which the device computes in one step, launches left out."""
    kind = ProfilerActivity.CUDA if device.cuda else ProfilerActivity.CPU
    device.synchronize()
    with profile(activities=[kind]) as profiler:
        run()
        device.synchronize()
    name = "self_device_time_total" if device.cuda else "self_cpu_time_total"
    return round(sum(getattr(e, name) for e in profiler.key_averages()) / 1e3, 3)
