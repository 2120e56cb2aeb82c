"""What the speed scripts share: alternating timing, and where results go."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import torch

RESULTS = Path(__file__).resolve().parents[1] / "results" / "speed"


def alternate(
    runs: dict[str, Callable[[], object]],
    rounds: int,
    warmup: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of each run, the runs taking turns, so that drift meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for i in range(warmup + rounds):
        for name, run in runs.items():
            began = clock()
            run()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if i >= warmup:
                times[name].append(clock() - began)
    return times


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    """Median, least and greatest of the ratios pair by pair."""
    pairs = [a / b for a, b in zip(slow, fast)]
    return dict(
        median=round(statistics.median(pairs), 3),
        min=round(min(pairs), 3),
        max=round(max(pairs), 3),
    )


def machine() -> dict[str, str | int]:
    """Where a figure comes from."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line
            for line in info.read_text(encoding="utf-8").splitlines()
            if "model name" in line
        ]
        cpu = names[0].split(":")[1].strip() if names else cpu
    return dict(
        cpu=cpu,
        cores=os.cpu_count(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        threads=torch.get_num_threads(),
        python=platform.python_version(),
        torch=torch.__version__,
    )


def write(name: str, result: dict, out: str | None = None) -> None:
    """Prints ``result`` and writes it to results/speed/<name>.json."""
    path = Path(out) if out else RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result | dict(machine=machine()), indent=2)
    path.write_text(text + "\n")
    print(text)


def arguments(
    description: str,
    rounds: int,
    options: Mapping[str, str] = MappingProxyType({}),
    **sizes: int,
) -> argparse.Namespace:
    """``--rounds``, ``--out``, and an option with its default for each of ``sizes``.

    ``options`` are more of them, each with its help; what is not given is None.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--out", help="JSON file (default: benchmarks/results/speed/)")
    for name, said in options.items():
        parser.add_argument(name, help=said)
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()
