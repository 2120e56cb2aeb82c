"""A suite of nothing: its tasks write down a number, and how often they ran."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import part
from harness.suite import Images, Method, Run, Suite, Task

CODE = """
import pathlib, sys
number, out, runs = sys.argv[1:]
with open(runs, "a") as file:
    print(out, file=file)
if number == "wait":
    import time
    pathlib.Path(runs).with_name("waiting").touch()
    time.sleep(60)
pathlib.Path(out).write_text(str(float(number)))
"""


@dataclass(frozen=True)
class Number(Task):
    """Its figure is its number; one that is no number fails."""

    name: str
    number: Any
    title: str = "a number"
    metric: str = "nothing"
    needs: tuple[str, ...] = ("pictures",)

    @property
    def config(self) -> dict[str, Any]:
        return dict(number=self.number)

    def commands(self, run: Run) -> list[list[str]]:
        folder = run.folder
        runs = Path(os.environ["TOY_RUNS"])
        return [["-c", CODE, str(self.number), folder / "figure", runs]]

    def figures(self, run: Run) -> dict[str, Any]:
        return dict(value=float((run.folder / "figure").read_text()))


def generate(root: Path) -> None:
    """One file, always the same."""
    folder = Path(root, "pictures")
    folder.mkdir(parents=True)
    (folder / "picture.txt").write_text("nothing to see")


def toy(tasks=None, methods=None, **changes) -> Suite:
    """The suite; ``tasks`` are numbers by name, ``methods`` configs by name."""
    tasks = tasks or dict(one=1, two=2)
    methods = methods or dict(good=None)
    kinds = {None: "random"}
    settings = dict(
        name="toy",
        title="Nothing",
        encoder=dict(type="TimmBackbone", model_name="resnet18"),
        budget=Images(64),
        size=32,
        batch_size=16,
        methods=[
            Method(name, name, config, kinds.get(config, "pretrain"))
            for name, config in methods.items()
        ],
        tasks=[Number(name, number) for name, number in tasks.items()],
        data=dict(pictures=part("pictures"), pretraining=part("pictures")),
        generate=generate,
        without_root=generate,
        seeds=(0,),
    )
    return Suite(**settings | changes)
