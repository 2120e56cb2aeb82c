"""Nearest neighbours in class folders, by the probe tool."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..suite import Run, Task
from .probes import probe_command


@dataclass(frozen=True, kw_only=True)
class FolderKNN(Task):
    """Top-1 accuracy of a vote of the nearest neighbours of the frozen last layer.

    Attributes:
        size: Side of the pictures in pixels.
        neighbours: Numbers of neighbours; the accuracy with the first is the value.
        data: Entry of the suite's data: a folder with ``train`` and ``val`` of class
            folders.
    """

    name: str
    title: str
    metric: str = "top-1 accuracy"
    size: int = 224
    neighbours: tuple[int, ...] = (20, 200)
    data: str = "imagenet"

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.data,)

    @property
    def config(self) -> dict[str, Any]:
        return dict(size=self.size, neighbours=self.neighbours)

    def commands(self, run: Run) -> list[list[str]]:
        options = dict(task=("knn",), layers="last", **self.config)
        out = run.folder / "probe.json"
        return [probe_command(run, run.data[self.data], out, options)]

    def figures(self, run: Run) -> dict[str, Any]:
        found = json.loads((run.folder / "probe.json").read_text())
        (layer,) = found["tasks"]["knn"]["layers"].values()
        by_k = {k: part["top1"] for k, part in layer["neighbours"].items()}
        return dict(value=next(iter(by_k.values())), neighbours=by_k)
