"""Each pretext's training step beside lightly's own loop for the same step.

    python benchmarks/speed/pretexts.py
    python benchmarks/speed/pretexts.py --methods SimCLR MAE --rounds 20
    python benchmarks/speed/pretexts.py --only iterations

The same encoder, head, loss, optimizer (SGD) and batch; the batch lies on the device
before the clock starts. Ours comes as bytes, as our loader gives it, and is normalised
in the step; the plain loop's is normalised already, as lightly's transforms leave it.
Ours runs as the training loop runs it: ``train_step`` through mmengine's OptimWrapper.
The two take turns. On a CPU processor seconds are counted, so that what else the
machine does is not measured.

Then whole iterations, loading included (``pretext_iterations.py``), and at last the
views: :class:`LightlyViews` on a tensor, as our dataset decodes pictures,
beside lightly's transform alone on a Pillow picture.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightly.transforms
import lightly_loops
import numpy as np
import pretext_iterations
import torch
from _common import RESULTS, alternate, ratio, write
from data import write_pictures
from mmengine.optim import OptimWrapper
from PIL import Image
from torchvision.transforms.v2 import functional as F

from ce_plugin.datasets import BundledPhotos
from ce_plugin.datasets.transforms.lightly_views import LOCAL_SHARE, LightlyViews
from ce_plugin.engine.memory import keep_memory
from ce_plugin.registry import MODELS

CUDA = torch.cuda.is_available()
DEVICE = "cuda" if CUDA else "cpu"
CLOCK = time.perf_counter if CUDA else time.process_time
SIZE, BATCH = (224, 128) if CUDA else (64, 32)
NET = (
    dict(model_name="resnet50")
    if CUDA
    else dict(model_name="resnet18", channels=(32, 64, 128, 256))
)
VIT = dict(
    model_name="vit_tiny_patch16_224", img_size=SIZE, patch_size=SIZE // 8, depth=6
)
LOCAL = round(SIZE * LOCAL_SHARE)
TWO, CROPS = (SIZE,) * 2, (SIZE,) * 2 + (LOCAL,) * 6
# name: sides of the views, arguments of ours, arguments of the plain loop
METHODS: dict[str, tuple[tuple[int, ...], dict, dict]] = {
    "SimCLR": (
        TWO,
        dict(hidden_channels=512, out_channels=128),
        dict(hidden=512, out=128),
    ),
    "MoCo": (
        TWO,
        dict(hidden_channels=512, out_channels=128, queue=4096),
        dict(hidden=512, out=128, queue=4096),
    ),
    "BYOL": (
        TWO,
        dict(hidden_channels=1024, out_channels=256),
        dict(hidden=1024, out=256),
    ),
    "SimSiam": (
        TWO,
        dict(hidden_channels=512, out_channels=512, predictor_channels=128),
        dict(hidden=512, inner=128, out=512),
    ),
    "BarlowTwins": (
        TWO,
        dict(hidden_channels=1024, out_channels=1024),
        dict(hidden=1024, out=1024),
    ),
    "VICReg": (
        TWO,
        dict(hidden_channels=1024, out_channels=1024),
        dict(hidden=1024, out=1024),
    ),
    "SwAV": (
        CROPS,
        dict(hidden_channels=512, out_channels=128, prototypes=512),
        dict(hidden=512, out=128, prototypes=512),
    ),
    "DINO": (
        CROPS,
        dict(hidden_channels=512, bottleneck_channels=64, out_channels=2048),
        dict(hidden=512, inner=64, out=2048),
    ),
    "DenseCL": (
        TWO,
        dict(hidden_channels=512, out_channels=128, queue=4096),
        dict(hidden=512, out=128, queue=4096),
    ),
    "MAE": (
        (SIZE,),
        dict(decoder_channels=96, decoder_depth=2, decoder_heads=3),
        dict(width=96, depth=2, attention_heads=3),
    ),
}


def ours(name: str, net: dict, **prep: Any) -> Callable[[dict], float]:
    """Our step of what the loader gives: views in bytes, under ``inputs``."""
    backbone = dict(type="ce_plugin.TimmBackbone", **net)
    cfg = dict(type=f"ce_plugin.{name}", backbone=backbone, **METHODS[name][1])
    cfg["data_preprocessor"] = dict(type="ce_plugin.PicturePreprocessor", **prep)
    torch.manual_seed(0)
    model = MODELS.build(cfg)
    model.init_weights()
    model.to(DEVICE).train()
    sgd = torch.optim.SGD(model.parameters(), **lightly_loops.SGD)
    optim = OptimWrapper(sgd)

    return lambda data: model.train_step(data, optim)["loss"].item()


def theirs(name: str, net: dict) -> Callable[[Sequence[torch.Tensor]], float]:
    """The plain step of normalised views."""
    torch.manual_seed(0)
    encoder = lightly_loops.encoder(**net)
    loop = getattr(lightly_loops, name)(encoder, **METHODS[name][2])
    return loop.start(DEVICE).step


def time_steps(name: str, rounds: int, batch: int) -> dict:
    """Seconds of both, and their ratio."""
    sides = METHODS[name][0]
    generator = torch.Generator().manual_seed(0)
    batches = []
    for _ in range(2):
        shapes = [(batch, 3, side, side) for side in sides]
        views = [
            torch.randint(256, shape, dtype=torch.uint8, generator=generator)
            for shape in shapes
        ]
        batches.append([view.to(DEVICE) for view in views])
    ready = [[view.float().sub(120).div(60) for view in views] for views in batches]
    given = [dict(inputs=views if len(views) > 1 else views[0]) for views in batches]
    turn = dict(ours=itertools.cycle(given), lightly=itertools.cycle(ready))
    net = VIT if name == "MAE" else NET
    own = net | dict(norm=True) if name == "MAE" else net
    step = dict(ours=ours(name, own), lightly=theirs(name, net))
    losses: dict[str, list[float]] = dict(ours=[], lightly=[])

    def run(which: str) -> None:
        losses[which].append(step[which](next(turn[which])))

    runs = {which: (lambda which=which: run(which)) for which in step}
    times = alternate(runs, rounds, warmup=2, clock=CLOCK)
    return dict(
        ours_to_lightly=ratio(times["ours"], times["lightly"]),
        seconds={k: round(statistics.median(v), 4) for k, v in times.items()},
        first_loss={k: round(v[0], 4) for k, v in losses.items()},
    )


def time_iterations(
    names: Sequence[str], rounds: int, batch: int, pictures: int
) -> dict:
    """The methods of two views, with the encoder of half and of full width."""
    found: dict[str, dict] = dict(half={}, full={})
    with tempfile.TemporaryDirectory() as root:
        write_pictures(Path(root), pictures)
        for name in (n for n in names if n in pretext_iterations.TRANSFORMS):
            for width, results in found.items():
                channels = getattr(pretext_iterations, width.upper())
                net = dict(model_name="resnet18", channels=channels)
                steps = dict(
                    ours=ours(name, net, channels_last=True), lightly=theirs(name, net)
                )
                results[name] = pretext_iterations.time_iterations(
                    name, root, steps, rounds, batch
                )
                print(name, width, results[name]["times_as_fast"], flush=True)
    conditions = dict(size=pretext_iterations.SIZE, batch=batch, pictures=pictures)
    return found | dict(conditions, rounds=rounds)


def time_views(method: str, size: int, rounds: int) -> dict:
    """Milliseconds a picture of both, and their ratio."""
    bundled = BundledPhotos()
    photos = [Image.open(bundled.path_of(n)).convert("RGB") for n in bundled.names]
    photos = [photo.resize((500, 375)) for photo in photos]
    # Channels last, as a decoded picture lies in memory.
    tensors = [F.pil_to_tensor(photo) for photo in photos]
    tensors = [x.permute(1, 2, 0).contiguous().permute(2, 0, 1) for x in tensors]
    if method == "DINO":
        sides = dict(global_crop_size=size, local_crop_size=round(size * LOCAL_SHARE))
    else:
        sides = dict(input_size=size)
    plain = getattr(lightly.transforms, f"{method}Transform")(**sides)
    made = dict(ours=(LightlyViews(method, size), tensors), lightly=(plain, photos))
    draws = {which: itertools.count() for which in made}

    def run(which: str) -> None:
        seed = next(draws[which])
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        transform, pictures = made[which]
        for picture in pictures:
            transform(picture)

    runs = {which: (lambda which=which: run(which)) for which in made}
    times = alternate(runs, rounds, clock=time.process_time)
    each = 1000 / len(photos)
    return dict(
        ours_to_lightly=ratio(times["ours"], times["lightly"]),
        milliseconds={
            k: round(statistics.median(v) * each, 2) for k, v in times.items()
        },
    )


def main() -> None:
    """Times, writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument(
        "--only", choices=["iterations"], help="keep what else is there"
    )
    parser.add_argument(
        "--batch", type=int, help="default: 32 on a CPU, 64 of whole ones"
    )
    parser.add_argument("--pictures", type=int, default=300, help="of whole iterations")
    parser.add_argument("--out", help="JSON file (default: benchmarks/results/speed/)")
    args = parser.parse_args()
    logging.disable(logging.INFO)
    keep_memory()
    batch = args.batch or BATCH
    path = Path(args.out) if args.out else RESULTS / "pretexts.json"
    result = json.loads(path.read_text()) if args.only and path.exists() else {}
    result.pop("machine", None)
    clock = "seconds of the wall" if CUDA else "processor seconds"
    result["what"] = (
        f"training step, {NET['model_name']}, batch {batch}, {SIZE} px, float32, "
        f"{clock}; ratios above 1: ours is slower; iterations: see their script"
    )
    if args.only != "iterations":
        result["rounds"] = args.rounds
        result["steps"] = {n: time_steps(n, args.rounds, batch) for n in args.methods}
        result["views"] = {
            f"{method}, {size} px": time_views(method, size, args.rounds)
            for method, size in (("SimCLR", 96), ("SimCLR", 224), ("DINO", 224))
        }
    if not CUDA:
        result["iterations"] = time_iterations(
            args.methods,
            args.rounds,
            args.batch or pretext_iterations.BATCH,
            args.pictures,
        )
    result["lightly"] = lightly.__version__
    write("pretexts", result, args.out)


if __name__ == "__main__":
    main()
