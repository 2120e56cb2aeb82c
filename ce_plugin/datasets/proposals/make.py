"""Proposals for one year of PASCAL VOC, computed or converted from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ce_plugin.errors import InputError, TrainingError

from . import selective_search as search
from .files import from_mat, read_split, write


def make_proposals(
    root: str,
    split: str,
    out: Path,
    released: str | None = None,
    mode: str | None = None,
    workers: int | None = None,
    maximum: int | None = None,
    min_size: int | None = None,
) -> dict[str, np.ndarray]:
    """Writes the file that mmdet's FastRCNN reads (LoadProposals).

    Args:
        root: The folder of one year, such as VOCdevkit/VOC2007.
        split: A list in ImageSets/Main.
        out: The file to write; beside it, what an interrupted run goes on from.
        released: Convert Fast R-CNN's selective search file instead of computing.
        mode: See :class:`~.selective_search.SelectiveSearch`; by default 'fast'. Not
            beside ``released``, which is computed already.
        workers: Processes; by default 1. Not beside ``released``.
        maximum: At most so many for a picture; by default 2000, of a file all.
        min_size: Shortest side of a box in pixels; by default 20, of a file 1.

    Returns:
        The boxes of each picture, see :func:`write`.

    Raises:
        InputError: Something asked for cannot be done.
        TrainingError: The run was interrupted.
    """
    given = {"--workers": workers, "--max": maximum, "--min-size": min_size}
    for option, value in given.items():
        if value is not None and value < 1:
            raise InputError(f"{option} is at least 1, not {value}")
    computing = {"--mode": mode, "--workers": workers}
    extra = [option for option, value in computing.items() if value is not None]
    if released and extra:
        raise InputError(
            f"--from-mat converts finished boxes and takes no {', '.join(extra)}; "
            "leave it out, or --from-mat to compute them"
        )
    names = read_split(root, split)
    if out.exists():
        raise InputError(f"{out} is there already; remove it, or name another by --out")
    if not out.parent.is_dir():
        raise InputError(f"no such folder: {out.parent}; --out is the file to write")
    if released:
        boxes = from_mat(released, names)
        for name, rows in boxes.items():
            sides = rows[:, 2:] - rows[:, :2] + 1
            boxes[name] = rows[(sides >= (min_size or 1)).all(1)][:maximum]
        write(out, boxes)
        return boxes
    mode = mode or "fast"
    part = out.with_name(f"{out.name}.part")
    limits = dict(min_size=min_size or 20, maximum=maximum or 2000)
    settings = dict(split=split, mode=mode, **limits)
    try:
        segment = search.SelectiveSearch(mode)
        boxes = search.compute(root, names, segment, part, settings, workers or 1)
    except KeyboardInterrupt as error:
        raise TrainingError(
            f"interrupted; the same command goes on from {part}"
        ) from error
    write(out, boxes)
    part.unlink()
    return boxes
