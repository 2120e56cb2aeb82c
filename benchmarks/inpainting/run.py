"""Fillers x masks on held-out pictures: the paper's Table 1 in form.

    python benchmarks/run.py inpainting --data-root VOCDEVKIT
    python benchmarks/run.py inpainting --dry-run

Trains two Context Encoders (center-128.py, region-128.py, one core each) on all
pictures that no val list names, fills holes of fixed mask sets in held-out pictures and
in the bundled photographs, all at 128 px, and scores them. Each part leaves a line
in benchmarks/results/inpainting.jsonl; what is done is not done again. ``python
benchmarks/tables.py inpainting`` makes the tables. The bundled photographs and what
became of them stay in the work folder: photos, masks, filled.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from harness.data import pictures_outside_val, voc_pictures
from harness.generated import make_voc
from harness.results import (
    environment,
    fingerprint,
    run_key,
)
from harness.store import results_of
from harness.suite import RESULTS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image

from ce_plugin.checkpoints import last_checkpoint
from ce_plugin.datasets import BundledPhotos
from ce_plugin.errors import InputError
from ce_plugin.evaluation.scoring.mask_sets import (
    load_mask_set,
    make_mask_set,
    read_record,
)
from ce_plugin.evaluation.scoring.scores import score_picture, summarize
from ce_plugin.inpainting.fillers import build_filler
from ce_plugin.inpainting.reading import read_picture

HERE = Path(__file__).resolve().parent
SIZE = 128
MASKS = dict(
    center=dict(type="CenterRegion", overlap=4),
    region=dict(type="RandomRegion", kind="noise"),
    blocks=dict(type="RandomBlock"),
    strokes=dict(type="BrushStrokes"),
    border=dict(type="Outpainting"),
)
NETWORKS = ("center", "region")
COARSEST = (10, 20)
"""PatchMatch halves a hole while it is at least so thick: how much a start counts."""


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data-root", type=Path, help="a VOCdevkit")
    add("--pictures", type=int, default=60, help="of the held-out ones (default: 60)")
    add("--masks", nargs="+", choices=MASKS, default=list(MASKS))
    add("--fillers", nargs="+", help="some of them (default: all)")
    add("--work-dir", type=Path, help="default: work_dirs/benchmarks/inpainting")
    add("--results", type=Path, default=RESULTS, help="folder of all suites' results")
    add(
        "--train-only",
        nargs="*",
        choices=NETWORKS,
        metavar="NETWORK",
        help="these networks (all) and no more: two can be trained side by side",
    )
    add("--dry-run", action="store_true", help="two steps and pictures, invented data")
    return parser.parse_args(argv)


def config_of(name: str) -> Path:
    """Of a network."""
    return HERE / f"{name}-{SIZE}.py"


def train(name: str, args: argparse.Namespace) -> Path:
    """The run's folder of a network, trained or trained on where it was stopped."""
    folder = args.work_dir / name
    last = last_checkpoint(folder)
    steps = 2 if args.dry_run else 3000
    if last is None or not last.endswith(f"iter_{steps}.pth"):
        pictures = voc_pictures(args.data_root, args.work_dir)
        command = [sys.executable, "-m", "ce_plugin.tools.train"]
        command += [str(config_of(name)), "--work-dir", str(folder)]
        command += ["--resume"] * (last is not None)
        command += ["--cfg-options", f"data_root={pictures}"]
        if args.dry_run:
            command += [f"train_cfg.max_iters={steps}", "train_cfg.val_interval=2"]
            command += ["train_dataloader.batch_size=4"]
        environ = dict(os.environ, OMP_NUM_THREADS="1")
        if subprocess.run(command, env=environ).returncode:
            raise InputError(f"the network {name} could not be trained: see above")
    return folder


def fillers(
    networks: dict[str, Path], collection: Path, work: Path, fixed: bool
) -> dict[str, dict[str, Any]]:
    """Arguments of each row's filler, by the row's name.

    Args:
        networks: Their folders.
        collection: List of pictures for the nearest neighbour.
        work: Where its index is kept.
        fixed: All holes are the same. Only then a whole collection is described by an
            encoder: for a hole of its own in each picture it would be half a minute a
            picture.
    """
    library = dict(collection=str(collection), index=str(work / "index"))
    nearest = dict(filler="nearest", **library)
    rows: dict[str, dict[str, Any]] = {
        name: dict(filler=name)
        for name in ("constant", "context-mean", "telea", "navier-stokes")
    }
    rows["nearest, HOG"] = dict(nearest, descriptor="hog")
    starts: dict[str, Any] = {"noise": "noise", "context mean": "context-mean"}
    for name, folder in networks.items():
        network = dict(checkpoint=str(folder), device="cpu")
        if fixed:
            rows[f"nearest, {name} features"] = dict(
                nearest, descriptor="encoder", **network
            )
        rows[f"Context Encoder, {name}"] = dict(network, filler="encoder-decoder")
        starts[f"Context Encoder, {name}"] = dict(type="EncoderDecoder", **network)
    for coarsest in COARSEST:
        for name, start in starts.items():
            rows[f"PatchMatch {coarsest} from {name}"] = dict(
                filler="patchmatch", start=start, coarsest=coarsest
            )
    return rows


def squares(paths: list[str]) -> dict[str, np.ndarray]:
    """Pictures with their shorter side at 128 px, the middle square of them."""
    found = {}
    for path in paths:
        image = Image.fromarray(read_picture(path))
        scale = SIZE / min(image.size)
        width, height = (max(SIZE, round(side * scale)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BICUBIC)
        left, top = (width - SIZE) // 2, (height - SIZE) // 2
        pixels = np.asarray(image.crop((left, top, left + SIZE, top + SIZE)))
        found[Path(path).stem] = pixels
    return found


def held_out(root: Path, count: int) -> list[str]:
    """``count`` pictures of the val lists, evenly from all of them."""
    seen = set(pictures_outside_val(root))
    every = sorted(root.glob("VOC20*/JPEGImages/*.jpg"))
    left = [str(path) for path in every if path not in seen]
    if len(left) < count:
        raise InputError(f"only {len(left)} pictures in the val lists of {root}")
    return [left[i * len(left) // count] for i in range(count)]


def save_picture(path: Path, pixels: np.ndarray) -> None:
    """A PNG file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def measure(
    pictures: dict[str, np.ndarray],
    holes: dict[str, np.ndarray],
    options: dict[str, Any],
    keep: Path | None,
) -> dict[str, Any]:
    """Fills and scores; processor seconds are of the filling alone, one by one.

    Args:
        pictures: By name, (128, 128, 3) uint8 RGB.
        holes: In the same order, (128, 128) bool.
        options: Of the filler.
        keep: Folder for the finished pictures.
    """
    filler = build_filler(**options)
    names = list(pictures)
    pairs = list(zip(names, pictures.values(), holes.values()))
    # What a collection's features cost once for a mask is not a picture's cost.
    filler([pairs[0][1]], [pairs[0][2]])
    scores, seconds, notes = {}, 0.0, set()
    for number, (name, picture, hole) in enumerate(pairs):
        begun = time.process_time()
        (filling,) = filler([picture], [hole], [number])
        seconds += time.process_time() - begun
        notes |= set(filling.notes) if options["filler"] != "nearest" else set()
        scores[name] = score_picture(filling.composite, picture, hole)
        if keep is not None:
            save_picture(keep / f"{name}.png", filling.composite)
    return dict(
        **summarize(list(scores.values())),
        by_picture={name: _short(score) for name, score in scores.items()},
        seconds_per_picture=seconds / len(pairs),
        notes=sorted(notes),
    )


def _short(score: dict[str, Any]) -> dict[str, Any]:
    """What paired differences need of a picture's score."""
    return dict(hole={name: round(v, 4) for name, v in score["hole"].items()})


def main(argv: Sequence[str] | None = None) -> int:
    """Trains, fills, scores; goes on where it was stopped."""
    args = parse_args(argv)
    init_default_scope("ce_plugin")
    try:
        if not args.dry_run:
            if args.data_root is None:
                raise InputError("inpainting needs --data-root; or try --dry-run")
            args.work_dir = args.work_dir or Path("work_dirs/benchmarks/inpainting")
            return run(args)
        with tempfile.TemporaryDirectory(prefix="ce_plugin_dry_") as folder:
            args.work_dir = args.work_dir or Path(folder)
            args.data_root = args.work_dir / "data"
            args.results = args.work_dir / "results"
            args.pictures = 2
            if not args.data_root.exists():
                make_voc(args.data_root)
            return run(args)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def run(args: argparse.Namespace) -> int:
    """All parts that have no result yet."""
    args.work_dir = args.work_dir.resolve()
    args.work_dir.mkdir(parents=True, exist_ok=True)
    only = args.train_only
    networks = {name: train(name, args) for name in only or NETWORKS}
    if only is not None:
        return 0
    library = voc_pictures(args.data_root, args.work_dir)
    photos = BundledPhotos(split="all")
    few = photos.names[: 2 if args.dry_run else None]
    data = dict(
        voc=squares(held_out(args.data_root, args.pictures)),
        bundled=squares([photos.path_of(name) for name in few]),
    )
    for name, pixels in data["bundled"].items():
        save_picture(args.work_dir / "photos" / f"{name}.png", pixels)
    wanted = [
        (kind, where, name, options)
        for kind in args.masks
        for where in data
        for name, options in chosen(args, networks, library, kind).items()
    ]
    configs = {name: Config.fromfile(config_of(name)).to_dict() for name in NETWORKS}
    library_print = fingerprint(library)
    store = results_of("inpainting", args.results)
    store.tell_torn()
    for number, (kind, where, name, options) in enumerate(wanted, 1):
        key = run_key(
            filler=str(options).replace(str(args.work_dir), ""),
            masks=MASKS[kind],
            pictures=list(data[where]),
            networks=configs,
            library=library_print,
        )
        slug = name.replace(", ", "_").replace(" ", "-").lower()
        known = store.get(data=where, masks=kind, method=name)
        if known and known["key"] == key:
            continue
        folder = args.work_dir / "masks" / f"{kind}_{where}"
        sizes = {stem: pixels.shape[:2] for stem, pixels in data[where].items()}
        make_mask_set(folder, MASKS[kind], sizes)
        keep = args.work_dir / "filled" / kind / slug if where == "bundled" else None
        found = measure(data[where], load_mask_set(folder), options, keep)
        result = dict(
            suite="inpainting",
            method=name,
            data=where,
            masks=kind,
            generator=MASKS[kind],
            masks_sha256=read_record(folder)["sha256"],
            size=SIZE,
            seed=0,
            key=key,
            data_fingerprint=library_print,
            **environment(),
            **found,
        )
        store.append(result)
        hole = found["total"]["hole"]
        print(
            f"[{number}/{len(wanted)}] {where} {kind} {name}: L1 {hole['l1']:.2f} %, "
            f"PSNR {hole['psnr']:.2f} dB, {found['seconds_per_picture']:.2f} s",
            flush=True,
        )
    return 0


def chosen(
    args: argparse.Namespace, networks: dict[str, Path], library: Path, kind: str
) -> dict[str, dict[str, Any]]:
    """The fillers of a set of masks that are asked for.

    Raises:
        InputError: One is asked for that no set has.
    """
    rows = fillers(networks, library, args.work_dir, fixed=True)
    unknown = [name for name in args.fillers or () if name not in rows]
    if unknown:
        raise InputError(f"no filler '{unknown[0]}'; known are: {'; '.join(rows)}")
    names = args.fillers or rows
    possible = fillers(networks, library, args.work_dir, kind == "center")
    return {name: options for name, options in possible.items() if name in names}
