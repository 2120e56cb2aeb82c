"""How long a run on very many pictures takes to start, and what its names weigh.

    python benchmarks/speed/start.py --pictures 1000000
    python benchmarks/speed/start.py --root FOLDER

Without ``--root`` that many tiny JPEGs in folders of a thousand are made, which takes
minutes. Each start is a process of its own: it imports, opens the training side, and
asks the sampler for its first index. The first one of an empty cache looks at all
pictures; with an index that is there already (``XDG_CACHE_HOME``) it is a second one.

Then a forked process, as a data worker is, reads every name once: what its own memory
(pages that it shares with nobody) grows by meanwhile.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _common import write
from PIL import Image

CODE = """
import json, multiprocessing, resource, sys, time
began = time.perf_counter()
from ce_plugin.datasets import ImageFolder, SeededSampler
imported = time.perf_counter()
data = ImageFolder(sys.argv[1], split="train")
opened = time.perf_counter()
next(iter(SeededSampler(data)))
ready = time.perf_counter()

def own_megabytes():
    rows = open("/proc/self/smaps_rollup").read().splitlines()
    sizes = [int(r.split()[1]) for r in rows if r.startswith("Private_")]
    return sum(sizes) / 1024

def read_all(pipe):
    before = own_megabytes()
    characters = sum(map(len, data.names)) + len(data.names[len(data.names) // 2])
    pipe.send((own_megabytes() - before, characters))

here, there = multiprocessing.Pipe()
worker = multiprocessing.get_context("fork").Process(target=read_all, args=(there,))
worker.start()
growth, characters = here.recv()
worker.join()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(
    found=data.metainfo["data"]["found"], training=len(data),
    import_seconds=round(imported - began, 1),
    dataset_seconds=round(opened - imported, 2),
    sampler_seconds=round(ready - opened, 2),
    peak_megabytes=round(peak), worker_grows_by_megabytes=round(growth, 1),
    index_bytes_a_picture=round(sum(
        f.stat().st_size for f in data.index.folder.rglob("*.npy")
    ) / len(data.index.names), 1) if data.index.folder else None,
)))
"""


def write_pictures(root: Path, count: int) -> None:
    """Tiny JPEGs that differ in what stands behind their end."""
    rng, kinds = np.random.default_rng(0), []
    for _ in range(min(500, count)):
        small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        file = io.BytesIO()
        picture = small.resize((32, 32), Image.Resampling.BICUBIC)
        picture.save(file, "JPEG", quality=int(rng.integers(60, 95)))
        kinds.append(file.getvalue())
    for number in range(count):
        folder = root / f"{number // 1000:04d}"
        if number % 1000 == 0:
            folder.mkdir(parents=True)
        data = kinds[number % len(kinds)] + b"%07d" % number
        (folder / f"{number:07d}.jpg").write_bytes(data)


def start(root: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", CODE, root],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | dict(OMP_NUM_THREADS="1"),
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--root", help="a folder of pictures that is there already")
    parser.add_argument("--out", help="JSON file (default: benchmarks/results/speed/)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = args.root
        if root is None:
            root = str(Path(folder, "pictures"))
            write_pictures(Path(root), args.pictures)
            os.environ["XDG_CACHE_HOME"] = str(Path(folder, "cache"))
            time.sleep(3)  # an index of a folder that has just changed is not kept
        starts = [start(root) for _ in range(2 if args.root is None else 1)]
    names = ["first", "second"] if args.root is None else ["second"]
    note = "wall-clock time on a machine with other work; tiny files, 1,000 a folder"
    write("start", dict(zip(names, starts)) | dict(note=note), args.out)


if __name__ == "__main__":
    main()
