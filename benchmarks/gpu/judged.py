"""What an encoder is worth, beside an untrained one, by the suites' own tasks."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.fair import SMALL
from harness.runner.processes import Processes, Spent
from harness.suite import Run
from harness.tasks.sets import fair

from ce_plugin.checkpoints import read_weights
from gpu.record import DONE, FAILED

# Of the final comparison's tasks; detection needs mmcv's operators, which are not here.
# The second round reads what the first has found with the same features.
ROUNDS = (
    ("svm-last-voc07", "svm-last-voc12", "segmentation-frozen"),
    ("knn-voc07", "knn-voc12", "svm-voc07", "svm-voc12"),
)
TINY_ROUNDS = (("svm-last-voc07", "segmentation-frozen"), ("knn-voc07",))
TASKS = {task.name: task for task in fair()}


def untrained(encoder: Path, data: Path, out: Path, variables: dict[str, str]) -> Path:
    """The same network with the weights that its construction gives it.

    Its batch norms take their statistics on crops of the pictures in ``data``, as those
    of what was trained.
    """
    _, meta = read_weights(encoder)
    spec = dict(
        encoder=meta["backbone"],
        out=str(out),
        seed=0,
        normalization=dict(meta["normalization"]),
        norm_statistics=True,
        data=str(data),
        size=SMALL.size,
    )
    file = out.with_name("spec.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(spec))
    command = ["-m", "harness.programs.floors", "random", str(file)]
    Processes().run([command], out.with_name("log.txt"), variables, Spent())
    return out


def judge(
    encoder: Path, pictures: Path, data: Path, work: Path, device: str, tiny: bool
) -> dict[str, Any]:
    """Figures by task, of the encoder and of random weights; what failed says why.

    Args:
        encoder: The exported one.
        pictures: A VOCdevkit.
        data: A list of its pictures that no ``val`` list names.
        work: For logs.
        device: 'cuda' or 'cpu'.
        tiny: Two iterations of everything.
    """
    # Carried packages are on this process's path.
    variables = dict(PYTHONPATH=os.environ["PYTHONPATH"], OMP_NUM_THREADS="2")
    encoders = dict(
        trained=encoder,
        random=untrained(encoder, data, work / "random" / "encoder.pth", variables),
    )
    rounds = TINY_ROUNDS if tiny else ROUNDS
    found: dict[str, dict[str, Any]] = {name: {} for names in rounds for name in names}

    def one(name: str, method: str) -> None:
        folder = work / method / name
        folder.mkdir(parents=True)
        run = Run(
            method=method,
            seed=0,
            encoder=encoders[method],
            folder=folder,
            data=dict(voc=str(pictures)),
            dry=tiny,
            device=device,
        )
        task, log = TASKS[name], folder.with_suffix(".log")
        try:
            commands = [[str(w) for w in words] for words in task.commands(run)]
            Processes().run(commands, log, variables, Spent())
            found[name][method] = round(float(task.figures(run)["value"]), 2)
        except Exception as error:
            print(log.read_text() if log.exists() else "", flush=True)
            found[name][method] = f"failed: {error}"[:300]

    for names in rounds:
        with ThreadPoolExecutor(1 if tiny else 6) as pool:
            jobs = [(name, method) for name in names for method in encoders]
            list(pool.map(lambda job: one(*job), jobs))
    said = [figure for task in found.values() for figure in task.values()]
    failed = any(isinstance(figure, str) for figure in said)
    return found | dict(status=FAILED if failed else DONE)
