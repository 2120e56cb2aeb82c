"""The data pipeline beside torchvision's ImageFolder, in pictures per second.

    python benchmarks/speed/data.py

Both read the same generated JPEGs (300, 500x375, crops of the bundled photographs) with
the same transforms, batch size and number of workers, taking turns. The peer is written
as it commonly is: ImageFolder's Pillow pictures through a v2 Compose that ends in
ToImage, default collate, a loader with a random sampler. Ours is timed without and with
masks, and draws every sample from a seed of its own.

Workers are started once and stay; what they have prepared while the others had their
turn is taken from them before the clock starts. Neither stream has an end, so that no
epoch's end is waited for. Then one process times the parts of a sample.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from _common import arguments, ratio, write
from PIL import Image
from torch.utils.data import DataLoader, RandomSampler
from torchvision.transforms import v2

from ce_plugin.datasets import BundledPhotos, ImageFolder, SeededSampler
from ce_plugin.datasets.build import build_transforms
from ce_plugin.datasets.collate import collate_samples
from ce_plugin.datasets.decoding.decode import decode_picture
from ce_plugin.datasets.seeding import mask_rng, seeded

KINDS = ("torchvision", "ours", "ours, masks")
BATCH, PICTURES, SIZE = 64, 300, (500, 375)
MASK = dict(type="RandomBlock")
FLIP = dict(type="RandomHorizontalFlip")
PIPELINES = {
    "resized-crop-128": (
        [dict(type="RandomResizedCrop", size=128), FLIP],
        [v2.RandomResizedCrop(128), v2.RandomHorizontalFlip()],
    ),
    "resize-350-crop-128": (
        [
            dict(type="ShortSideResize", size=350),
            dict(type="RandomCrop", size=128),
            FLIP,
        ],
        [v2.Resize(350), v2.RandomCrop(128), v2.RandomHorizontalFlip()],
    ),
}


def write_pictures(root: Path, count: int) -> None:
    """JPEGs like a camera's small ones, in one class folder, as ImageFolder wants."""
    bundled = BundledPhotos()
    photos = [Image.open(bundled.path_of(n)).convert("RGB") for n in bundled.names]
    rng = np.random.default_rng(0)
    (root / "all").mkdir()
    for number in range(count):
        photo = photos[number % len(photos)]
        width = photo.width * rng.uniform(0.6, 1)
        height = min(photo.height, width * SIZE[1] / SIZE[0])
        left = rng.uniform(0, photo.width - width)
        top = rng.uniform(0, photo.height - height)
        box = (left, top, left + width, top + height)
        picture = photo.resize(SIZE, Image.Resampling.BICUBIC, box=box)
        picture.save(root / "all" / f"{number:03d}.jpg", quality=90)


def loader_of(root: str, pipeline: str, kind: str, workers: int) -> DataLoader:
    ours, theirs = PIPELINES[pipeline]
    if kind == "torchvision":
        transform = v2.Compose([*theirs, v2.ToImage()])
        data = torchvision.datasets.ImageFolder(root, transform)
        order = RandomSampler(data, replacement=True, num_samples=10**9)
        return DataLoader(data, BATCH, sampler=order, num_workers=workers)
    # Without the cache of decoded pictures: torchvision has none.
    mask = MASK if kind == "ours, masks" else None
    data = ImageFolder(root, transforms=ours, mask=mask, cache_mb=0)
    return DataLoader(
        data,
        BATCH,
        sampler=SeededSampler(data),
        num_workers=workers,
        collate_fn=collate_samples,
    )


def seconds_of(stream: Iterator, batches: int, prepared: int) -> float:
    """Seconds for ``batches`` batches, after those that lie ready."""
    for _ in range(prepared):
        next(stream)
    began = time.perf_counter()
    for _ in range(batches):
        next(stream)
    return time.perf_counter() - began


def compare(root: str, pipeline: str, workers: int, rounds: int, batches: int) -> dict:
    """All kinds of loader, taking turns."""
    streams = {kind: iter(loader_of(root, pipeline, kind, workers)) for kind in KINDS}
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind, stream in streams.items():
            # Two batches a worker are prepared ahead.
            times[kind].append(seconds_of(stream, batches, 2 * workers))
    return {
        "pictures_per_second": {
            kind: round(batches * BATCH / statistics.median(seconds))
            for kind, seconds in times.items()
        },
        "speedup": {kind: ratio(times[KINDS[0]], times[kind]) for kind in KINDS[1:]},
    }


def difference(root: str) -> dict[str, float]:
    """Between the resized pictures of both pipelines, in levels of 255."""
    ours, theirs = (PIPELINES["resize-350-crop-128"][i][0] for i in (0, 1))
    resize = build_transforms([ours])[0]
    apart = []
    for path in sorted(Path(root).rglob("*.jpg"))[:20]:
        peer = v2.functional.pil_to_tensor(theirs(Image.open(path).convert("RGB")))
        apart.append((resize(decode_picture(str(path))).int() - peer.int()).abs())
    return {
        "mean": round(statistics.mean(d.float().mean().item() for d in apart), 4),
        "max": max(d.max().item() for d in apart),
    }


def parts(root: str, pipeline: str) -> dict[str, dict[str, float]]:
    """Median microseconds that each part of one sample takes, in one process."""
    paths = [str(path) for path in sorted(Path(root).rglob("*.jpg"))]
    data = ImageFolder(root, transforms=PIPELINES[pipeline][0], mask=MASK, cache_mb=0)
    ours = [decode_picture(path) for path in paths]
    theirs = [Image.open(path).convert("RGB") for path in paths]
    small = [data[i]["inputs"] for i in range(len(data))]
    crops = [Image.fromarray(x.permute(1, 2, 0).numpy()) for x in small]
    first, first_peer = data.transforms[0], PIPELINES[pipeline][1][0]
    to_image = v2.ToImage()

    def compose(transforms: list[Callable], picture: object) -> None:
        for transform in transforms:
            picture = transform(picture)

    def seed(index: int) -> None:
        with seeded(0, 0, index):
            pass

    def hole(index: int) -> None:
        data.mask(128, 128, mask_rng(0, 0, index))

    name = type(first).__name__
    own = {
        "decode": _median(decode_picture, paths),
        name: _median(first, ours),
        "all transforms": _median(lambda x: compose(data.transforms, x), ours),
        "seeding": _median(seed, range(len(paths))),
        "mask": _median(hole, range(len(paths))),
        "whole sample": _median(data.__getitem__, range(len(paths))),
    }
    peer = {
        "decode": _median(lambda path: Image.open(path).convert("RGB"), paths),
        type(first_peer).__name__: _median(first_peer, theirs),
        "all transforms": _median(lambda x: compose(PIPELINES[pipeline][1], x), theirs),
        "ToImage": _median(to_image, crops),
    }
    return {"ours": own, "torchvision": peer}


def _median(run: Callable, items: object) -> float:
    times = []
    for item in items:
        began = time.perf_counter()
        run(item)
        times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1e6)


def large_picture() -> dict[str, float]:
    """What ``min_side`` saves on a 12 megapixel JPEG, and what it changes."""
    bundled = BundledPhotos()
    photo = Image.open(bundled.path_of("china.jpg")).convert("RGB")
    resize = build_transforms([dict(type="ShortSideResize", size=350)])[0]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "large.jpg"))
        photo.resize((4000, 3000), Image.Resampling.BICUBIC).save(path, quality=90)
        full = _median(decode_picture, [path] * 9) / 1e3
        reduced = _median(lambda p: decode_picture(p, min_side=350), [path] * 9) / 1e3
        exact, near = (resize(decode_picture(path, side)) for side in (None, 350))
    return {
        "milliseconds_at_full_size": round(full, 1),
        "milliseconds_with_min_side_350": round(reduced, 1),
        "mean_difference_at_350_in_levels": round(
            (exact.float() - near.float()).abs().mean().item(), 2
        ),
    }


def main() -> None:
    args = arguments(__doc__.splitlines()[0], rounds=7, batches=12, pictures=PICTURES)
    torch.set_num_threads(1)
    result: dict = {"cases": {}, "parts_in_microseconds": {}}
    with tempfile.TemporaryDirectory() as root:
        write_pictures(Path(root), args.pictures)
        for pipeline in PIPELINES:
            for workers in (0, 2):
                result["cases"][f"{pipeline}, {workers} workers"] = compare(
                    root, pipeline, workers, args.rounds, args.batches
                )
            result["parts_in_microseconds"][pipeline] = parts(root, pipeline)
        result["resized_pictures_differ_by"] = difference(root)
    result |= {
        "decode_12_megapixels": large_picture(),
        "bound": (
            "Decoding is the largest part, by the same kind of library on both sides. "
            "The gain is torch's resize of channels-last uint8 tensors, several times "
            "as fast as Pillow's, and decoding straight into a tensor. Seeding, the "
            "data sample and the mask cost some of it. Parts are timed in loops of "
            "their own, with warm caches: a whole sample takes longer than their sum."
        ),
        "unit": f"{args.pictures} JPEGs of {SIZE[0]}x{SIZE[1]}, batch {BATCH}, files "
        "cached by the system",
        "rounds": args.rounds,
        "note": "the machine was shared: trust the medians of the ratios",
        "versions": {"torchvision": torchvision.__version__, "pillow": PIL.__version__},
    }
    write("data", result, args.out)


if __name__ == "__main__":
    main()
