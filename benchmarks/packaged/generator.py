"""Large holes in pictures that no network has trained on, filled in six ways."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from harness.data.entries import held_out
from harness.programs.filling import square
from harness.tables.statistics import difference

from ce_plugin.datasets import BundledPhotos
from ce_plugin.evaluation.scoring.scores import hole_errors
from ce_plugin.inpainting.fillers import build_filler
from ce_plugin.inpainting.reading import read_picture
from ce_plugin.registry import MASKS

SIZE = 128
HOLES = dict(
    center=dict(type="CenterRegion", overlap=4),
    region=dict(type="RandomRegion", kind="noise"),
    blocks=dict(type="RandomBlock"),
)
"""Of the crops of 128 px, those of the training."""
BOX = "box"
"""A square of half the shorter side, anywhere in the whole picture at its own size."""
OPENCV = ("telea", "navier-stokes")
PLAIN = ("constant", "context-mean", *OPENCV)
FIGURES = ("l1", "l2", "psnr", "ssim")


def measure_generator(name: str, root: Path | None, count: int) -> dict[str, Any]:
    """Mean figures in the holes, and how they differ from the better of OpenCV's.

    Args:
        name: Of the weights.
        root: A VOCdevkit; None for the photographs of two packages.
        count: Pictures, at most.
    """
    if root is None:
        photos = BundledPhotos(split="all")
        paths = [str(photos.path_of(n)) for n in photos.names][:count]
    else:
        with tempfile.TemporaryDirectory() as work:
            listed = held_out(count)(root, Path(work))
            paths = listed.read_text().splitlines()
    crops = [square(path, SIZE) for path in paths]
    whole = [read_picture(path) for path in paths]
    fillers = {filler: build_filler(filler) for filler in PLAIN}
    network = dict(checkpoint=f"ce_plugin://{name}", device="cpu")
    fillers[name] = build_filler("encoder-decoder", **network)
    blended = build_filler("encoder-decoder", blend=True, **network)
    fillers[f"{name} --blend"] = blended
    found = {}
    for kind in (*HOLES, BOX):
        pictures = whole if kind == BOX else crops
        holes = draw(kind, pictures)
        by_picture = {
            filler: _scores(fill, pictures, holes) for filler, fill in fillers.items()
        }
        found[kind] = _summary(by_picture, name)
    return dict(
        pictures=len(paths),
        of="bundled photographs" if root is None else "val lists",
        holes=found,
    )


def draw(kind: str, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """A hole for each picture, always the same."""
    rng = np.random.default_rng(0)
    if kind != BOX:
        masks = MASKS.build(HOLES[kind])
        return [masks(*picture.shape[:2], rng) for picture in pictures]
    holes = []
    for picture in pictures:
        height, width = picture.shape[:2]
        side = min(height, width) // 2
        top, left = (int(rng.integers(n - side + 1)) for n in (height, width))
        hole = np.zeros((height, width), bool)
        hole[top : top + side, left : left + side] = True
        holes.append(hole)
    return holes


def _scores(
    fill: Any, pictures: Sequence[np.ndarray], holes: Sequence[np.ndarray]
) -> list[dict[str, float]]:
    filled = fill(pictures, holes)
    return [
        hole_errors(one.composite, picture, hole)
        for one, picture, hole in zip(filled, pictures, holes)
    ]


def _summary(
    by_picture: Mapping[str, Sequence[Mapping[str, float]]], name: str
) -> dict[str, Any]:
    means = {
        filler: {f: round(float(np.mean([s[f] for s in scores])), 4) for f in FIGURES}
        for filler, scores in by_picture.items()
    }
    rival = min(OPENCV, key=lambda filler: means[filler]["l2"])
    less = {}
    for figure in FIGURES:
        ours, theirs = (
            dict(enumerate(score[figure] for score in by_picture[filler]))
            for filler in (name, rival)
        )
        found = difference(ours, theirs)
        less[figure] = [round(x, 4) for x in (found.mean, *(found.interval or ()))]
    wins = [a["l2"] < b["l2"] for a, b in zip(by_picture[name], by_picture[rival])]
    return dict(
        fillers=means,
        rival=rival,
        difference=less,
        lower_l2_in=round(float(np.mean(wins)), 3),
    )
