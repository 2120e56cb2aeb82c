"""Logistic regression on frozen features of MNIST's digits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..suite import Run, Task


@dataclass(frozen=True, kw_only=True)
class Digits(Task):
    """Accuracy of a logistic regression by the protocol of ``benchmarks/mnist.py``.

    Attributes:
        padding: Pixels on each side of the digit, as in pretraining.
        data: Entry of the suite's data: a folder of torchvision's MNIST.
    """

    name: str
    title: str
    metric: str = "accuracy"
    padding: int = 2
    data: str = "mnist"

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.data,)

    @property
    def config(self) -> dict[str, Any]:
        from mnist import PROTOCOL

        return dict(protocol=PROTOCOL, padding=self.padding)

    def commands(self, run: Run) -> list[list[str]]:
        out = str(run.folder / "digits.json")
        words = [str(run.encoder), run.data[self.data], str(self.padding), out]
        return [["-m", "harness.digits", *words]]

    def figures(self, run: Run) -> dict[str, Any]:
        found = json.loads((run.folder / "digits.json").read_text())
        return dict(value=found.pop("accuracy"), **found)
