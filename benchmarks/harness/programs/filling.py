"""Fills the holes of a set of masks in pictures, and scores what was filled in.

    python -m harness.programs.filling SPEC.json

The spec is a JSON object, see :class:`harness.tasks.fill.Fill`. Writes ``figures.json``
into its folder.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.registry import init_default_scope
from PIL import Image

from ce_plugin.console.command import run
from ce_plugin.evaluation.scoring.mask_sets import (
    load_mask_set,
    make_mask_set,
    read_record,
)
from ce_plugin.evaluation.scoring.scores import score_picture, summarize
from ce_plugin.files import write_atomic
from ce_plugin.inpainting.fillers import build_filler
from ce_plugin.inpainting.reading import read_picture


def fill(spec: Mapping[str, Any]) -> None:
    """Makes the masks, fills, scores, and writes the figures."""
    init_default_scope("ce_plugin")
    folder = Path(spec["folder"])
    paths = (
        Path(spec["pictures"]).read_text(encoding="utf-8").splitlines()[: spec["most"]]
    )
    pictures = {Path(path).stem: square(path, spec["size"]) for path in paths}
    sizes = {name: pixels.shape[:2] for name, pixels in pictures.items()}
    make_mask_set(folder / "masks", spec["generator"], sizes)
    if spec["keep"]:
        for name, pixels in pictures.items():
            save(folder / "photos" / f"{name}.png", pixels)
    keep = folder / "filled" if spec["keep"] else None
    masks = load_mask_set(folder / "masks")
    found = measure(pictures, masks, spec["filler"], keep)
    found["masks_sha256"] = read_record(folder / "masks")["sha256"]
    write_atomic(folder / "figures.json", json.dumps(found))


def square(path: str, size: int) -> np.ndarray:
    """The middle square of a picture whose shorter side is resized to ``size``.

    Returns:
        (size, size, 3) uint8 RGB.
    """
    image = Image.fromarray(read_picture(path))
    scale = size / min(image.size)
    width, height = (max(size, round(side * scale)) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - size) // 2, (height - size) // 2
    return np.asarray(image.crop((left, top, left + size, top + size)))


def measure(
    pictures: Mapping[str, np.ndarray],
    holes: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    keep: Path | None,
) -> dict[str, Any]:
    """Fills and scores; processor seconds are those of the filling, one by one.

    Args:
        pictures: Pictures by name, (H, W, 3) uint8 RGB.
        holes: Holes in the same order, (H, W) bool.
        options: Options of the filler.
        keep: Folder for the finished pictures; None for none.
    """
    filler = build_filler(**options)
    pairs = list(zip(pictures, pictures.values(), holes.values()))
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
            save(keep / f"{name}.png", filling.composite)
    # What paired differences need of a picture's score.
    short = {
        name: dict(hole={k: round(v, 4) for k, v in score["hole"].items()})
        for name, score in scores.items()
    }
    return dict(
        **summarize(list(scores.values())),
        by_picture=short,
        seconds_per_picture=seconds / len(pairs),
        notes=sorted(notes),
    )


def save(path: Path, pixels: np.ndarray) -> None:
    """Writes a PNG file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


if __name__ == "__main__":
    sys.exit(
        run(lambda: fill(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    )
