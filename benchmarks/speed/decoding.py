"""Decoders side by side, alone and in the data pipeline, in processor time.

    python benchmarks/speed/decoding.py

JPEGs of ImageNet's usual size (500x375) and of a camera's (4000x3000): the bundled
photographs, brought to that size, with some noise, so that a file has about as many
bytes as a photograph. Samples are RandomResizedCrop(224)
and a flip. torchvision's side is its ImageFolder as it is commonly written: Pillow, the
same transforms of v2, ToImage. All take turns in one process with one thread.

Scaled decoding (``min_side``) changes pixels; the difference is that of the whole
picture, resized to 224 px on its shorter side, from the one decoded in full, in levels
and in the features that a ResNet-18 (untrained, seed 0) makes of both.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import PIL
import simplejpeg
import torch
import torchvision
from _common import alternate, ratio, write
from PIL import Image
from torchvision.transforms import v2

from ce_plugin.datasets import BundledPhotos, ImageFolder, Shards
from ce_plugin.datasets.build import build_transforms
from ce_plugin.datasets.decoding.decode import decode_bytes
from ce_plugin.datasets.decoding.values import Reading
from ce_plugin.datasets.prepare.shards import make_shards

SIZES = {"500x375": (500, 375, 8.0), "4000x3000": (4000, 3000, 3.0)}
CROP, FAST = 224, Reading(jpeg="simplejpeg")
OURS = [dict(type="RandomResizedCrop", size=CROP), dict(type="RandomHorizontalFlip")]
# Whole pictures stay four times the crop's size: a crop of 8 % of the area has sides of
# about a quarter of the picture's.
MIN_SIDE = 4 * CROP


def write_pictures(root: Path, size: tuple[int, int], noise: float, count: int) -> int:
    """JPEGs in one class folder; the mean number of bytes."""
    bundled, rng = BundledPhotos(), np.random.default_rng(0)
    (root / "all").mkdir(parents=True)
    for number in range(count):
        path = bundled.path_of(bundled.names[number % len(bundled.names)])
        photo = Image.open(path).convert("RGB").resize(size, Image.Resampling.BICUBIC)
        pixels = np.asarray(photo, np.float32)
        grain = rng.standard_normal(pixels.shape, np.float32) * noise
        picture = Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))
        picture.save(root / "all" / f"{number:03d}.jpg", quality=90)
    return round(statistics.mean(p.stat().st_size for p in root.rglob("*.jpg")))


def libraries(root: Path, rounds: int) -> dict[str, float]:
    """Median processor milliseconds to decode a file that lies in memory."""
    files = [path.read_bytes() for path in sorted(root.rglob("*.jpg"))]
    decoders = {
        "Pillow": lambda data: np.asarray(Image.open(io.BytesIO(data)).convert("RGB")),
        "torchvision": lambda data: torchvision.io.decode_jpeg(
            torch.frombuffer(bytearray(data), dtype=torch.uint8)
        ),
        "simplejpeg": simplejpeg.decode_jpeg,
        "decode_bytes": decode_bytes,
        "decode_bytes, simplejpeg": lambda data: decode_bytes(data, reading=FAST),
        "decode_bytes, simplejpeg, min_side": lambda data: decode_bytes(
            data, MIN_SIDE, reading=FAST
        ),
    }
    for data in files:
        plain = torch.from_numpy(decoders["Pillow"](data)).permute(2, 0, 1)
        assert torch.equal(plain, decoders["torchvision"](data))
        assert torch.equal(plain, decode_bytes(data, reading=FAST))
    runs = {name: lambda f=f: [f(d) for d in files] for name, f in decoders.items()}
    times = alternate(runs, rounds, clock=time.process_time)
    return {
        n: round(statistics.median(t) / len(files) * 1e3, 3) for n, t in times.items()
    }


def samples(root: Path, rounds: int) -> dict:
    """Whole samples: torchvision's ImageFolder, and ours in several ways."""
    peer = v2.Compose(
        [v2.RandomResizedCrop(CROP), v2.RandomHorizontalFlip(), v2.ToImage()]
    )
    make_shards(str(root), str(root.with_suffix(".shards")))
    options = dict(transforms=OURS, cache_mb=0)
    data = {
        "torchvision": torchvision.datasets.ImageFolder(str(root), peer),
        "default": ImageFolder(str(root), **options),
        "shards": Shards(str(root.with_suffix(".shards")), **options),
        "simplejpeg": ImageFolder(str(root), jpeg="simplejpeg", **options),
        "default, min_side": ImageFolder(str(root), min_side=MIN_SIDE, **options),
        "simplejpeg, min_side": ImageFolder(
            str(root), jpeg="simplejpeg", min_side=MIN_SIDE, **options
        ),
    }

    def run(dataset) -> None:
        for index in range(len(dataset)):
            dataset[index]

    runs = {name: lambda d=d: run(d) for name, d in data.items()}
    times = alternate(runs, rounds, clock=time.process_time)
    count = len(data["default"])
    return {
        "pictures_per_processor_second": {
            name: round(count / statistics.median(t), 1) for name, t in times.items()
        },
        "times_torchvision": {
            name: ratio(times["torchvision"], t)
            for name, t in times.items()
            if name != "torchvision"
        },
        "shards_times_folder": ratio(times["default"], times["shards"]),
    }


@torch.no_grad()
def scaled(root: Path) -> dict[str, float]:
    """How far pictures decoded with ``min_side`` are from the others.

    Returns:
        ``mean`` and ``max`` in levels; ``features``: the distance of a network's pooled
        features of both, as a share of the mean distance between two pictures.
    """
    resize = build_transforms([dict(type="ShortSideResize", size=CROP)])[0]
    torch.manual_seed(0)
    network = torchvision.models.resnet18().eval()
    network.fc = torch.nn.Identity()
    apart, features = [], []
    for path in sorted(root.rglob("*.jpg"))[:7]:
        data = path.read_bytes()
        full, near = (resize(decode_bytes(data, side)) for side in (None, MIN_SIDE))
        apart.append((full.float() - near.float()).abs())
        features.append(network(torch.stack([full, near]).float() / 127.5 - 1))
    both = torch.stack(features)
    between = torch.pdist(both[:, 0]).mean()
    moved = (both[:, 0] - both[:, 1]).norm(dim=1).mean()
    return {
        "mean": round(statistics.mean(a.mean().item() for a in apart), 3),
        "max": max(a.max().item() for a in apart),
        "features": round((moved / between).item(), 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pictures", type=int, default=70, help="of 500x375 (70)")
    parser.add_argument("--out", help="JSON file (default: benchmarks/results/speed/)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cases = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (*size, noise) in SIZES.items():
            root = Path(folder, name)
            count = args.pictures if size[0] < 1000 else max(2, args.pictures // 10)
            kilobytes = write_pictures(root, tuple(size), noise, count) // 1024
            cases[name] = dict(
                kilobytes=kilobytes,
                decode_milliseconds=libraries(root, args.rounds),
                samples=samples(root, args.rounds),
                min_side=MIN_SIDE,
                min_side_differs=scaled(root),
            )
    versions = {m.__name__: m.__version__ for m in (torchvision, PIL, simplejpeg)}
    note = "processor time; the machine was shared: trust the ratios"
    result = dict(cases=cases, rounds=args.rounds, note=note, versions=versions)
    write("decoding", result, args.out)


if __name__ == "__main__":
    main()
