"""Stage 4: what can be learned in the time that is left.

One encoder by the best recipe there is, then its SVM, kNN and frozen segmentation
beside random weights; meanwhile one network that fills holes. Schedules follow the
clock, so that each has ended when its time has.
"""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.data import voc_pictures

from ce_plugin.files import write_atomic
from gpu.clocked import Clocked
from gpu.judged import judge
from gpu.record import NotHere, Record, arguments

RECIPE = "hidden-words_r18-half-96.py"
INPAINTING = "context-encoder_dcgan_center-128.py"
# Of the time; the rest is the judges', who begin with the second training.
ENCODER_SHARE, INPAINTING_SHARE = 0.55, 0.35


def main() -> None:
    """Trains and judges, and writes learn.json, encoder.pth and inpainting.png."""
    args = arguments(__doc__.splitlines()[0])
    record = Record(args.out / "learn.json", args.seconds)
    pictures = args.pictures
    data = str(voc_pictures(pictures, args.work)) if pictures else None
    encoder, inpainting = trainings(data, args.device, args.tiny)
    # Tiny: as few steps as there can be.
    left = 0 if args.tiny else record.left
    record.add(
        "encoder",
        lambda: encoder.train(
            args.work / "encoder", ENCODER_SHARE * left, 0.8 * record.left
        ),
    )
    exported = args.work / "encoder" / "encoder.pth"
    if exported.exists():
        shutil.copy(exported, args.out / "encoder.pth")
    with ThreadPoolExecutor(1) as pool:
        # It computes on the device while the judges' cores count.
        seconds = INPAINTING_SHARE * left
        most = record.left
        future = pool.submit(paint, inpainting, args.work, args.out, seconds, most)
        record.add("judged", lambda: judged(exported, args))
        record.add("inpainting", future.result)


def trainings(data: str | None, device: str, tiny: bool) -> tuple[Clocked, Clocked]:
    """The encoder's and the network's that fills holes."""
    workers = max(1, min(14, len(os.sched_getaffinity(0)) - 2)) if not tiny else 0
    common = {
        "data_root": data,
        "train_dataloader.num_workers": workers,
        "train_dataloader.persistent_workers": workers > 0,
        "train_dataloader.pin_memory": device == "cuda",
        "val_dataloader.num_workers": 0,
        "val_dataloader.persistent_workers": False,
        "val_dataloader.dataset.limit": 4 if tiny else 200,
    }
    # At the recipe's own learning rate, which has been searched at 64 pictures.
    for_encoder = common | {"train_dataloader.batch_size": 4 if tiny else 512}
    small = dict(type="ShortSideResize", size=144)
    for_inpainting = common | {
        "train_dataloader.batch_size": 2 if tiny else 256,
        "train_dataloader.sampler": dict(type="SeededSampler"),
        # The pack's pictures are half as large as the released ones.
        "train_dataloader.dataset.transforms": [
            small,
            dict(type="RandomCrop", size=128),
            dict(type="RandomHorizontalFlip"),
        ],
        "train_dataloader.dataset.cache_mb": 256,
    }
    arguments = ("--amp", "--compile")
    return (
        Clocked(RECIPE, for_encoder, arguments),
        Clocked(INPAINTING, for_inpainting, arguments),
    )


def judged(encoder: Path, args) -> dict[str, Any]:
    """Figures of the encoder's features.

    Raises:
        NotHere: No labelled pictures were given.
    """
    if args.pictures is None:
        raise NotHere("no --pictures")
    if not encoder.exists():
        raise RuntimeError("there is no encoder")
    data = voc_pictures(args.pictures, args.work)
    work = args.work / "judged"
    return judge(encoder, args.pictures, data, work, args.device, args.tiny)


def paint(
    training: Clocked, work: Path, out: Path, seconds: float, most: float
) -> dict[str, Any]:
    """Trains the network that fills holes; its figures beside the trivial fills'."""
    found = training.train(work / "inpainting", seconds, most)
    figures = json.loads((work / "inpainting" / "metrics.json").read_text())["metrics"]
    last = max((work / "inpainting" / "pictures").glob("iter_*.png"))
    write_atomic(out / "inpainting.png", last.read_bytes())
    wanted = ("hole_psnr", "constant/hole_psnr", "context-mean/hole_psnr", "hole_ssim")
    return found | {n: round(figures[f"inpainting/{n}"], 3) for n in wanted}


if __name__ == "__main__":
    main()
