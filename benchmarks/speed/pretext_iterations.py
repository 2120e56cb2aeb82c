"""Whole iterations of ours and of lightly's own loop, from JPEGs to the update.

Part of ``pretexts.py``. Both read the same generated JPEGs (300 of 500x375, as
``data.py`` makes them), nothing kept decoded. lightly's side: torchvision's ImageFolder
with lightly's own transform, PyTorch's loader and lightly's training step. Ours: the
dataset with :class:`BatchViews`, our sampler and collating, the jitter in the
preprocessor, channels last, mmengine's ``train_step``; all as the configs have it.
Same encoder, head, loss, optimizer and batch.

Each side reads in its own process with one thread, and processor seconds are counted:
the work of an iteration, which is what two busy cores share out, however much else the
machine does.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import lightly.transforms
import torch
import torchvision
from _common import alternate, ratio
from torch.utils.data import DataLoader, RandomSampler

from ce_plugin.datasets import ImageFolder, SeededSampler
from ce_plugin.datasets.collate import collate_samples

SIZE, BATCH = 96, 64
HALF, FULL = (32, 64, 128, 256), (64, 128, 256, 512)
# name of the pretext: of lightly's transform
TRANSFORMS = dict(
    SimCLR="SimCLR",
    MoCo="MoCoV2",
    BYOL="BYOL",
    SimSiam="SimSiam",
    VICReg="VICReg",
    BarlowTwins="BYOL",
)
Step = Callable[[Any], float]


def lightlys_transform(method: str) -> Callable:
    """As lightly's examples make it, normalising included."""
    cls = getattr(lightly.transforms, f"{method}Transform")
    if method != "BYOL":
        return cls(input_size=SIZE)
    parts = (
        lightly.transforms.BYOLView1Transform,
        lightly.transforms.BYOLView2Transform,
    )
    return cls(*(part(input_size=SIZE) for part in parts))


def endless(loader: DataLoader) -> Iterator[Any]:
    while True:
        yield from loader


def loaders(name: str, root: str, batch: int) -> dict[str, DataLoader]:
    """Both sides; nothing is read yet."""
    method = TRANSFORMS[name]
    theirs = torchvision.datasets.ImageFolder(root, lightlys_transform(method))
    views = dict(type="BatchViews", method=method, size=SIZE)
    ours = ImageFolder(root, transforms=[views], cache_mb=0)
    return dict(
        ours=DataLoader(
            ours, batch, sampler=SeededSampler(ours), collate_fn=collate_samples
        ),
        lightly=DataLoader(
            theirs, batch, sampler=RandomSampler(theirs), drop_last=True
        ),
    )


def time_iterations(
    name: str, root: str, steps: dict[str, Step], rounds: int, batch: int
) -> dict:
    """Processor seconds of an iteration of both, of loading alone, and their ratios.

    Args:
        name: Name of the pretext.
        root: Folder of the pictures.
        steps: ``ours`` takes what our loader gives, ``lightly`` a list of views.
        rounds: Iterations that are counted, of each.
        batch: Pictures in each.
    """
    made = loaders(name, root, batch)
    streams = {which: endless(loader) for which, loader in made.items()}
    loading: dict[str, list[float]] = dict(ours=[], lightly=[])

    def run(which: str) -> None:
        began = time.process_time()
        data = next(streams[which])
        loading[which].append(time.process_time() - began)
        steps[which](data if which == "ours" else data[0])

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    runs = {which: (lambda which=which: run(which)) for which in streams}
    times = alternate(runs, rounds, warmup=2, clock=time.process_time)
    torch.set_num_threads(threads)
    each = 1000 / batch
    return dict(
        times_as_fast=ratio(times["lightly"], times["ours"]),
        milliseconds_a_picture={
            which: dict(
                iteration=round(statistics.median(times[which]) * each, 2),
                loading=round(statistics.median(loading[which][2:]) * each, 2),
            )
            for which in runs
        },
    )
