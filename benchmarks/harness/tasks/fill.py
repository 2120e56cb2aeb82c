"""Filling holes: a set of masks on a set of pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..suite import Method, Run, Task

NETWORK, LIBRARY, INDEX = "<network>", "<library>", "<index>"
"""Stand in a filler's options for the folder of the network's run, for the list of
pictures that the nearest neighbour looks in, and for the folder of its index."""


@dataclass(frozen=True, kw_only=True)
class Fill(Task):
    """Peak signal-to-noise ratio in the hole, in dB, as a mean over the pictures.

    Attributes:
        generator: Config of the masks' generator.
        pictures: Entry of the suite's data: a list of pictures.
        same_hole: Whether all pictures have the same hole. A collection is described by
            an encoder for such masks alone: for a hole of its own in each picture it
            would take half a minute a picture.
        size: Side of the pictures in pixels.
        keep: Whether pictures, masks and finished pictures stay in the run's folder.
    """

    name: str
    title: str
    generator: Mapping[str, Any]
    pictures: str
    metric: str = "PSNR in the hole, dB"
    same_hole: bool = False
    size: int = 128
    keep: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.pictures, "pretraining")

    @property
    def shared_run(self) -> str:
        # Two runs of one filler would build the same index.
        return "fill"

    @property
    def config(self) -> dict[str, Any]:
        return dict(generator=dict(self.generator), size=self.size)

    def reason_against(self, method: Method) -> str | None:
        if method.kind != "filler":
            return "fills nothing"
        described = method.changes.get("descriptor") == "encoder"
        return "one hole only" if described and not self.same_hole else None

    def commands(self, run: Run) -> list[list[str]]:
        spec = dict(
            filler=dict(run.options),
            pictures=run.data[self.pictures],
            most=2 if run.dry else None,
            generator=dict(self.generator),
            size=self.size,
            folder=str(run.folder),
            keep=self.keep,
        )
        places = {
            NETWORK: str(run.encoder.parent),
            LIBRARY: run.data["pretraining"],
            INDEX: str(run.folder.parent / "index"),
        }
        text = json.dumps(spec)
        for name, path in places.items():
            text = text.replace(json.dumps(name), json.dumps(path))
        (run.folder / "spec.json").write_text(text)
        return [["-m", "harness.programs.filling", str(run.folder / "spec.json")]]

    def figures(self, run: Run) -> dict[str, Any]:
        found = json.loads((run.folder / "figures.json").read_text())
        return dict(value=found["total"]["hole"]["psnr"], **found)
