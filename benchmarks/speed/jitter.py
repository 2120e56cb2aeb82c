"""Colour jitter and blur of a batch beside torchvision's and kornia's.

    python benchmarks/speed/jitter.py
    python benchmarks/speed/jitter.py --kornia

Views in bytes, 96 px, SimCLR's ranges, every view changed, each by numbers of its own,
one thread, processor time. torchvision's transforms take one number for all that they
are given, so they run view by view; kornia's take one for each view of a batch (but one
order of the colours for all). kornia is no dependency of anything here: with
``--kornia`` it has to be installed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from _common import alternate, ratio, write
from torchvision.transforms import v2

from ce_plugin.datasets.transforms.jitter import Jitter
from ce_plugin.models.jitter import jitter_batch

SIZE = 96
COLOURS, SIGMAS = (0.8, 0.8, 0.8, 0.2), (0.1, 2.0)
TAPS = 13
OURS = dict(
    colours=Jitter(colour=1, grey=0, blur=0), blur=Jitter(colour=0, grey=0, blur=1)
)


def runs_of(change: str, views: torch.Tensor, kornia: bool) -> dict[str, Callable]:
    """One change of all views, by each."""

    def ours() -> None:
        draws = np.array([OURS[change].draw() for _ in views])
        jitter_batch(views, draws, lambda x: x)

    peer = dict(colours=v2.ColorJitter(*COLOURS), blur=v2.GaussianBlur(TAPS, SIGMAS))
    runs = dict(
        ours=ours, torchvision=lambda: [peer[change](view).float() for view in views]
    )
    if kornia:
        from kornia import augmentation

        other = dict(
            colours=augmentation.ColorJitter(*COLOURS, p=1.0),
            blur=augmentation.RandomGaussianBlur((TAPS, TAPS), SIGMAS, p=1.0),
        )
        runs["kornia"] = lambda: other[change](views.float().div(255))
    return runs


def main() -> None:
    """Times, writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--views", type=int, default=128)
    parser.add_argument("--kornia", action="store_true")
    parser.add_argument("--out", help="JSON file (default: benchmarks/results/speed/)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(0)
    small = torch.rand(args.views, 3, 12, 12)
    views = torch.nn.functional.interpolate(small, (SIZE, SIZE), mode="bicubic")
    views = views.clamp(0, 1).mul(255).to(torch.uint8)
    result: dict[str, dict] = {}
    for change in OURS:
        runs = runs_of(change, views, args.kornia)
        times = alternate(runs, args.rounds, clock=time.process_time)
        each = 1000 / args.views
        result[change] = dict(
            milliseconds_a_view={
                name: round(statistics.median(values) * each, 3)
                for name, values in times.items()
            },
            times_as_fast={
                f"than {name}": ratio(values, times["ours"])
                for name, values in times.items()
                if name != "ours"
            },
        )
    conditions = dict(views=args.views, size=SIZE, rounds=args.rounds)
    write("jitter", result | conditions, args.out)


if __name__ == "__main__":
    main()
