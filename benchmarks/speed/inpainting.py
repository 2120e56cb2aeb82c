"""What filling costs: batches against one by one, and a hole in a picture of 12 MP.

    python benchmarks/speed/inpainting.py

Batches: 64 pictures of 128 px, in one call and in 64, taking turns. Two networks stand
for the encoder-decoder: the released one, whose bottleneck of 4000 channels is 260 MB
of weights to be read for each pass, and that of the default job. Weights are random,
which changes no cost.

The large picture: 4000x3000 with a hole of 200x150, each filler in a process of its
own. Memory is what the process grew by, at its peak, while it filled: on top of the
picture (34 MB), the mask (11 MB), libraries and weights.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from _common import alternate, ratio, write
from PIL import Image
from skimage import data

from ce_plugin.engine.config import load_config
from ce_plugin.engine.memory import keep_memory
from ce_plugin.inpainting.fillers import Filler, build_filler
from ce_plugin.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
NETWORKS = {
    "released network": "pretrain/context-encoder_dcgan_center-128.py",
    "default job's network": "pretrain_ce.py",
}
LARGE = ("telea", "nearest", "patchmatch", *NETWORKS)


def parse_args() -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5)
    add("--pictures", type=int, default=64, help="in a batch")
    add("--large", choices=LARGE, help="that part alone, printed")
    add("--folder", type=Path, help="of networks and pictures, with --large")
    add("--out", help="JSON file (default: benchmarks/results/speed/inpainting.json)")
    return parser.parse_args()


def save_network(name: str, folder: Path) -> None:
    """A checkpoint with random weights."""
    cfg = load_config(str(CONFIGS / NETWORKS[name]), [])
    model = MODELS.build(cfg.model)
    meta = dict(
        model=cfg.model.to_dict(),
        mask=cfg.train_dataloader.dataset.mask.to_dict(),
        picture_size=cfg.model.backbone.input_size,
    )
    torch.save(dict(state_dict=model.state_dict(), meta=meta), folder / f"{name}.pth")


def save_collection(folder: Path, count: int = 100) -> None:
    """Pieces of scikit-image's photographs."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    photos = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    for number in range(count):
        photo = photos[number % len(photos)]
        top, left = (rng.integers(0, side - 200) for side in photo.shape[:2])
        piece = photo[top : top + 200, left : left + 200]
        Image.fromarray(piece).save(folder / f"{number:03}.jpg")


def make_filler(name: str, folder: Path) -> Filler:
    """A filler by the name of its row."""
    if name in NETWORKS:
        checkpoint = folder / f"{name}.pth"
        return build_filler("encoder-decoder", checkpoint=checkpoint, device="cpu")
    if name == "nearest":
        options = dict(collection=folder / "collection", index=folder / "index")
        return build_filler(name, **options)
    return build_filler(name)


def one_by_one(filler: Filler, pictures: list, holes: list) -> None:
    """A call for each picture."""
    for picture, hole in zip(pictures, holes):
        filler([picture], [hole])


def batches(folder: Path, count: int, rounds: int) -> dict[str, dict]:
    """Seconds a picture in one call and in as many as there are pictures."""
    rng = np.random.default_rng(0)
    photo = data.astronaut()
    places = rng.integers(0, 512 - 128, (count, 2))
    pictures = [photo[y : y + 128, x : x + 128].copy() for y, x in places]
    holes = []
    for y, x in rng.integers(8, 128 - 64, (count, 2)):
        hole = np.zeros((128, 128), bool)
        hole[y : y + 56, x : x + 56] = True
        holes.append(hole)
    found = {}
    for name in (*NETWORKS, "nearest"):
        filler = make_filler(name, folder)
        times = alternate(
            dict(
                one_by_one=partial(one_by_one, filler, pictures, holes),
                batch=partial(filler, pictures, holes),
            ),
            rounds,
        )
        found[name] = dict(
            ratio=ratio(times["one_by_one"], times["batch"]),
            seconds_per_picture={
                run: round(statistics.median(t) / count, 5) for run, t in times.items()
            },
        )
        print(name, found[name], flush=True)
    return found


def status(key: str) -> float:
    """A line of the process's own status, in MB of 2**20 bytes (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{key}:"))
    return int(line.split()[1]) / 1024


def large(name: str, folder: Path) -> dict[str, float]:
    """Seconds and megabytes of one filler, in this process."""
    filler = make_filler(name, folder)
    photo = Image.fromarray(data.coffee()).resize(
        (4000, 3000), Image.Resampling.BICUBIC
    )
    picture = np.array(photo)
    del photo
    hole = np.zeros((3000, 4000), bool)
    hole[1500:1650, 2000:2200] = True
    # Compiled code, threads and the index of a collection are there from then on.
    filler([picture[:256, :256].copy()], [_small_hole()])
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    before = status("VmRSS")
    begun, cpu = time.perf_counter(), time.process_time()
    (filling,) = filler([picture], [hole])
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = status("VmHWM")
    assert np.array_equal(filling.composite[~hole], picture[~hole])
    return dict(
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu, 2),
        megabytes=round(peak - before),
    )


def _small_hole() -> np.ndarray:
    hole = np.zeros((256, 256), bool)
    hole[100:140, 100:140] = True
    return hole


def main() -> None:
    """Measures, prints, writes."""
    args = parse_args()
    if args.large:
        print(json.dumps(large(args.large, args.folder)))
        return
    keep_memory()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in NETWORKS:
            save_network(name, folder)
        save_collection(folder / "collection")
        by_filler = {}
        for name in LARGE:
            command = [sys.executable, __file__, "--large", name, "--folder", place]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            by_filler[name] = json.loads(done.stdout.splitlines()[-1])
            print(name, by_filler[name], flush=True)
        result = dict(
            batch=dict(
                pictures=args.pictures,
                size=128,
                fillers=batches(folder, args.pictures, args.rounds),
            ),
            large=dict(
                picture=[4000, 3000],
                hole=[200, 150],
                picture_megabytes=round(3000 * 4000 * 3 / 2**20),
                fillers=by_filler,
            ),
        )
        write("inpainting", result, args.out)


if __name__ == "__main__":
    main()
