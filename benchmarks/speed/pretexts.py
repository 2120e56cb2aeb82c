"""Each pretext's training step beside lightly's own loop for the same step.

    python benchmarks/speed/pretexts.py
    python benchmarks/speed/pretexts.py --methods SimCLR MAE --rounds 20

The same encoder, head, loss, optimizer (SGD) and batch; the batch lies on the device
before the clock starts. Ours comes as bytes, as our loader gives it, and is normalised
in the step; the plain loop's is normalised already, as lightly's transforms leave it.
Ours runs as the training loop runs it: ``train_step`` through mmengine's OptimWrapper.
The two take turns. On a CPU processor seconds are counted, so that what else the
machine does is not measured.

Then the views: :class:`LightlyViews` on a tensor, as our dataset decodes pictures,
beside lightly's transform alone on a Pillow picture.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import random
import statistics
import time
from collections.abc import Callable

import lightly.transforms
import lightly_loops
import numpy as np
import torch
from _common import alternate, ratio, write
from mmengine.optim import OptimWrapper
from PIL import Image
from torchvision.transforms.v2 import functional as F

from ce_plugin.datasets import BundledPhotos
from ce_plugin.datasets.lightly_views import LOCAL_SHARE, LightlyViews
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


def ours(name: str) -> Callable[[list[torch.Tensor]], float]:
    """Our step of views in bytes."""
    net = VIT | dict(norm=True) if name == "MAE" else NET
    backbone = dict(type="ce_plugin.TimmBackbone", **net)
    cfg = dict(type=f"ce_plugin.{name}", backbone=backbone, **METHODS[name][1])
    torch.manual_seed(0)
    model = MODELS.build(cfg)
    model.init_weights()
    model.to(DEVICE).train()
    sgd = torch.optim.SGD(model.parameters(), **lightly_loops.SGD)
    optim = OptimWrapper(sgd)

    def step(views: list[torch.Tensor]) -> float:
        inputs = views if len(views) > 1 else views[0]
        return model.train_step(dict(inputs=inputs), optim)["loss"].item()

    return step


def theirs(name: str) -> Callable[[list[torch.Tensor]], float]:
    """The plain step of normalised views."""
    torch.manual_seed(0)
    net = lightly_loops.encoder(**(VIT if name == "MAE" else NET))
    loop = getattr(lightly_loops, name)(net, **METHODS[name][2])
    return loop.start(DEVICE).step


def time_steps(name: str, rounds: int) -> dict:
    """Seconds of both, and their ratio."""
    sides = METHODS[name][0]
    generator = torch.Generator().manual_seed(0)
    batches = []
    for _ in range(2):
        shapes = [(BATCH, 3, side, side) for side in sides]
        views = [
            torch.randint(256, shape, dtype=torch.uint8, generator=generator)
            for shape in shapes
        ]
        batches.append([view.to(DEVICE) for view in views])
    ready = [[view.float().sub(120).div(60) for view in views] for views in batches]
    turn = dict(ours=itertools.cycle(batches), lightly=itertools.cycle(ready))
    step = dict(ours=ours(name), lightly=theirs(name))
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
    parser.add_argument("--out", help="JSON file (default: benchmarks/results/speed/)")
    args = parser.parse_args()
    logging.getLogger("mmengine").setLevel(logging.ERROR)
    keep_memory()
    steps = {name: time_steps(name, args.rounds) for name in args.methods}
    views = {
        f"{method}, {size} px": time_views(method, size, args.rounds)
        for method, size in (("SimCLR", 96), ("SimCLR", 224), ("DINO", 224))
    }
    clock = "seconds of the wall" if CUDA else "processor seconds"
    write(
        "pretexts",
        dict(
            what=f"training step, {NET['model_name']}, batch {BATCH}, {SIZE} px, "
            f"float32, {clock}; ratios above 1: ours is slower",
            steps=steps,
            views=views,
            rounds=args.rounds,
            lightly=lightly.__version__,
        ),
        args.out,
    )


if __name__ == "__main__":
    main()
