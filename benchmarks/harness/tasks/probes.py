"""Classifiers on frozen features, by the probe tool."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ce_plugin.files import sha256

from ..results.provenance import PROTOCOL
from ..suite import Run, Task

_DRY = {
    "size": 32,
    "costs": ("1",),
    "shots": (1,),
    "draws": 1,
    "min-positives": 3,
    "neighbours": (3,),
}


@dataclass(frozen=True, kw_only=True)
class VOCProbe(Task):
    """SVM, low-shot SVM or kNN on frozen features of VOC.

    The tool takes the features once for all that it is asked for: tasks of the same
    encoder that have all settings but ``kind`` in common share one run of it, which
    is on the account of the first of them.

    Attributes:
        kind: 'svm': mAP of the layer that ``layer`` says. 'low-shot': at that layer,
            the mean over ``shots``. 'knn': of the encoder's last layer, with the first
            of ``neighbours``. The other layers' are among the figures.
        layer: For svm and low-shot: 'chosen', the one that cross-validation of the SVM
            on the training pictures chooses, nearly always an early one, or 'last',
            the one that detectors and segmentors stand on.
        year: Year of VOC.
        train: Pictures to learn from.
        test: Pictures to judge on.
        size: Side of the pictures in pixels.
        pool: Size of the pooled features, see the tool.
        costs: Costs of the SVMs; none for the tool's own, or 'published'.
        min_positives: Least pictures of a class that counts, in both parts.
        kinds: What the shared run does.
        shots: Positives of a class for low-shot.
        draws: Number of draws for each number of shots.
        neighbours: Numbers of neighbours for knn.
        data: Entry of the suite's data: a VOCdevkit.
    """

    name: str
    title: str
    kind: str
    year: str
    layer: str = "chosen"
    metric: str = "mAP"
    train: str = "trainval"
    test: str = "test"
    size: int = 224
    pool: str = "9k"
    costs: tuple[str, ...] = ()
    min_positives: int = 1
    kinds: tuple[str, ...] = ("svm",)
    shots: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 96)
    draws: int = 5
    neighbours: tuple[int, ...] = (20, 200)
    data: str = "voc"
    deviation: float | None = None
    like: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.data,)

    @property
    def config(self) -> dict[str, Any]:
        # Not where it is the usual one: results of before still hold.
        layer = {} if self.layer == "chosen" else dict(layer=self.layer)
        return dict(kind=self.kind, **layer, **self._options)

    @property
    def _options(self) -> dict[str, Any]:
        """The tool's, which all tasks that share a run have in common."""
        return {
            "task": self.kinds,
            "year": self.year,
            "train": self.train,
            "test": self.test,
            "size": self.size,
            "pool": self.pool,
            "costs": self.costs,
            "min-positives": self.min_positives,
            "shots": self.shots,
            "draws": self.draws,
            "neighbours": self.neighbours,
        }

    @property
    def shared_run(self) -> str:
        return json.dumps([self.data, self._options])

    def commands(self, run: Run) -> list[list[str]]:
        if self._found(run):
            return []
        return [probe_command(run, run.data[self.data], self._file(run), self._options)]

    def figures(self, run: Run) -> dict[str, Any]:
        found = self._found(run)
        if found is None:
            raise RuntimeError(f"no figures of this encoder in {self._file(run)}")
        layers = found["tasks"][self.kind]["layers"]
        figures = dict(classes=found["classes"]["counted"])
        if self.kind == "knn":
            k = next(iter(layers[next(iter(layers))]["neighbours"]))
            by_layer = {n: f["neighbours"][k]["map"] for n, f in layers.items()}
            return dict(value=list(by_layer.values())[-1], layers=by_layer, **figures)
        svm = found["tasks"]["svm"]["layers"]
        chosen = max(svm, key=lambda name: svm[name]["cv_map"])
        if self.layer == "last":
            chosen = list(svm)[-1]
        if self.kind == "svm":
            by_layer = {name: part["map"] for name, part in layers.items()}
        else:
            by_k = {
                name: {k: f["map"] for k, f in part["shots"].items()}
                for name, part in layers.items()
            }
            by_layer = {n: statistics.mean(f.values()) for n, f in by_k.items()}
            figures["shots"] = by_k
        return dict(value=by_layer[chosen], layer=chosen, layers=by_layer, **figures)

    def _file(self, run: Run) -> Path:
        """Beside the runs of this encoder, so that the next task finds it."""
        about = [self._options, run.dry, run.seed, run.prints.get(self.data), PROTOCOL]
        settings = json.dumps(about).encode()
        name = hashlib.sha256(settings).hexdigest()[:12]
        return run.folder.parent / f"probe_{self.data}{self.year}_{name}.json"

    def _found(self, run: Run) -> dict[str, Any] | None:
        """What the tool has found, if it was about this very encoder."""
        try:
            found = json.loads(self._file(run).read_text())
        except OSError:
            return None
        same = found["encoder"]["sha256"] == sha256(run.encoder)
        return found if same and not found["encoder"]["random_init"] else None


def probe_command(
    run: Run, root: str, out: Path, options: Mapping[str, Any]
) -> list[str]:
    """Arguments of ``python`` for the probe tool.

    The tool ends with an error where a tensor of the network does not come from the
    encoder's file.

    Args:
        run: Run whose encoder is probed.
        root: Root of the data.
        out: JSON file to write.
        options: By name; those without a value are left to the tool.
    """
    chosen = dict(options)
    if run.dry:
        chosen |= {name: value for name, value in _DRY.items() if name in chosen}
    workers = 8 if run.device == "cuda" else 0
    chosen |= dict(workers=workers, seed=run.seed, device=run.device, jobs=1)
    command = ["-m", "harness.programs.probe", str(run.encoder), "--data-root", root]
    for name, value in chosen.items():
        values = value if isinstance(value, list | tuple) else (value,)
        if values:
            command += [f"--{name}", *map(str, values)]
    return [*command, "--out", str(out)]
