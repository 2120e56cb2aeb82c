"""Logistic regression on frozen features of digits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..suite import Run, Task

PROTOCOL = (
    "the last map of each whole digit, flattened, less the training mean, at length 1; "
    "L2-regularised logistic regression, its strength from 3-fold cross-validation on "
    "the training digits; accuracy in % on held-out digits, which pretraining has not "
    "seen; 1,000 of them leave a standard error of about 0.8"
)


@dataclass(frozen=True, kw_only=True)
class Digits(Task):
    """Accuracy in % of a logistic regression, see :data:`PROTOCOL`.

    Attributes:
        padding: Pixels added on each side of a digit, as in pretraining.
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
        return dict(protocol=PROTOCOL, padding=self.padding)

    def commands(self, run: Run) -> list[list[str]]:
        out = str(run.folder / "digits.json")
        words = [str(run.encoder), run.data[self.data], str(self.padding), out]
        return [["-m", "harness.programs.digits", *words]]

    def figures(self, run: Run) -> dict[str, Any]:
        found = json.loads((run.folder / "digits.json").read_text())
        return dict(value=found.pop("accuracy"), **found)
