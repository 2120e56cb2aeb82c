"""Time and precision, on a GPU and on a CPU by the same code."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from ce_plugin.engine.precision import set_float32_precision


class Device:
    """A device that can be timed.

    Args:
        name: 'cuda' or 'cpu'.
    """

    def __init__(self, name: str) -> None:
        self.type = name
        self.cuda = name == "cuda"

    @property
    def name(self) -> str:
        """As the vendor calls it."""
        return torch.cuda.get_device_name() if self.cuda else "CPU"

    def synchronize(self) -> None:
        """Waits until all work is done."""
        if self.cuda:
            torch.cuda.synchronize()

    def times(
        self, run: Callable[[], object], repeats: int, warmup: int = 3
    ) -> list[float]:
        """Seconds of each of ``repeats`` calls.

        On a GPU between two of its own events, so that what the processor does in the
        meantime counts only where the GPU waits for it.
        """
        for _ in range(warmup):
            run()
        self.synchronize()
        if not self.cuda:
            found = []
            for _ in range(repeats):
                began = time.perf_counter()
                run()
                found.append(time.perf_counter() - began)
            return found
        events = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
        events[0].record()
        for event in events[1:]:
            run()
            event.record()
        self.synchronize()
        return [a.elapsed_time(b) / 1e3 for a, b in itertools.pairwise(events)]

    def seconds(
        self, run: Callable[[], object], repeats: int, warmup: int = 3
    ) -> float:
        """Median of :meth:`times`."""
        return statistics.median(self.times(run, repeats, warmup))

    def peak_mb(self) -> int | None:
        """Most memory held since the last call; None on a CPU."""
        if not self.cuda:
            return None
        peak = torch.cuda.max_memory_allocated() // 2**20
        torch.cuda.reset_peak_memory_stats()
        return peak


@contextmanager
def precision(name: str) -> Iterator[None]:
    """float32 products as 'tf32' or 'ieee'; see the package's ``float32_precision``."""
    set_float32_precision(name)
    try:
        yield
    finally:
        set_float32_precision()


@contextmanager
def deterministic() -> Iterator[None]:
    """Only algorithms that give the same bits again.

    As the training tool's ``--deterministic``; run.py sets cuBLAS's workspace.
    """
    benchmark = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
        torch.backends.cudnn.benchmark = benchmark
