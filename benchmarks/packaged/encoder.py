"""The packaged encoder, frozen, under a segmentor of scenes that it has not seen."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.data.entries import bundled_photos, voc_pictures
from harness.data.generated import make_segmentation_folder
from harness.programs.floors import training_crops, write_random
from harness.suite import ROOT, Run
from harness.suites import load_suite

from ce_plugin.checkpoints import read_weights
from ce_plugin.errors import InputError
from ce_plugin.zoo import SCHEME

CAMVID_SEEDS = (0, 1, 2)
TASK = "segmentation-100pc"
CAMVID = load_suite("camvid_labels")


def measure_encoder(
    name: str,
    data: Path | None,
    seeds: Sequence[int],
    work: Path,
    dry: bool,
    voc: Path | None = None,
) -> dict[str, Any]:
    """Mean IoU of the packaged encoder and of the same network untrained, by seed.

    Why CamVid: the encoder has learned, without labels, from pictures of VOC on which
    the suites choose recipes, and VOC's val lists are for the final table alone.

    Args:
        name: Of the weights.
        data: Frames and masks of CamVid.
        seeds: Of the segmentor, and of the untrained network's weights.
        work: Folder to work in.
        dry: Two steps on invented data.
        voc: A VOCdevkit. On its pictures outside the val lists the untrained network's
            batch norms take their statistics, as those of the packaged one have done;
            on the bundled photographs where it is None.

    Raises:
        InputError: No data.
    """
    names = CAMVID.tasks[0].names
    if dry:
        data = work / "data"
        make_segmentation_folder(
            data, classes=names, unlabelled=CAMVID.tasks[0].unlabelled
        )
    if data is None:
        raise InputError("the encoder is measured on CamVid: give --camvid")
    _, meta = read_weights(f"{SCHEME}{name}")
    tasks = [replace(t, frozen=True) for t in CAMVID.tasks if t.name == TASK]
    seen = voc_pictures(voc, work) if voc else bundled_photos(work, work)
    found: dict[str, dict[str, list[float]]] = {}
    for seed in seeds:
        untrained = work / f"random_{seed}.pth"
        write_random(
            meta["backbone"],
            untrained,
            seed,
            meta["normalization"],
            training_crops(str(seen), CAMVID.size, seed),
        )
        for task in tasks:
            for title, encoder in {
                "random init": untrained,
                name: Path(f"{SCHEME}{name}"),
            }.items():
                folder = work / f"{task.name}_{title.replace(' ', '-')}_{seed}"
                folder.mkdir()
                folders = dict(folder=str(data))
                run = Run(title, seed, encoder, folder, folders, dry=dry)
                for command in task.commands(run):
                    _start(command, folder / "log.txt")
                value = round(task.figures(run)["value"], 2)
                found.setdefault(task.name, {}).setdefault(title, []).append(value)
                print(f"{task.name} {title} seed {seed}: {value}", flush=True)
    return dict(
        data="CamVid, mean IoU of 11 classes, encoder frozen",
        seeds=list(seeds),
        tasks={
            task.name: dict(
                title=task.title,
                values=found[task.name],
                means={k: statistics.fmean(v) for k, v in found[task.name].items()},
            )
            for task in tasks
        },
    )


def _start(command: Sequence[str], log: Path) -> None:
    """Runs ``python COMMAND`` on one core.

    Raises:
        RuntimeError: It failed.
    """
    path = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH=path)
    with open(log, "w", encoding="utf-8") as file:
        done = subprocess.run(
            [sys.executable, *command],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=env,
            check=False,
        )
    if done.returncode:
        last = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
        raise RuntimeError(f"{json.dumps(list(command))}: {last}")
