"""Files around proposals: VOC's lists, Fast R-CNN's boxes, what mmdet reads."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np

from ce_plugin.datasets.files import need_folder, read_lines
from ce_plugin.datasets.voc import voc_folders
from ce_plugin.errors import InputError


def read_split(root: str, split: str) -> list[str]:
    """Names of the pictures in a list, all of which are there.

    Raises:
        InputError: No folder of one year, no such list, or a picture is missing.
    """
    folders = voc_folders(need_folder(root))
    if folders != [""]:
        years = f"; give one of {', '.join(folders)} in it" if folders else ""
        raise InputError(
            f"{root} has no JPEGImages and ImageSets/Main: not a year of VOC{years}"
        )
    lines = read_lines(os.path.join(root, "ImageSets", "Main", f"{split}.txt"))
    names = [line.split()[0] for line in lines]
    missing = [n for n in names if not Path(root, "JPEGImages", f"{n}.jpg").is_file()]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(names)} pictures of {split} are not in "
            f"{Path(root, 'JPEGImages')}: {missing[0]}.jpg"
        )
    return names


def from_mat(path: str, names: list[str]) -> dict[str, np.ndarray]:
    """Reads Fast R-CNN's ``selective_search_data``.

    Args:
        path: A MATLAB file of ``images`` (names) and ``boxes`` (for each (n, 4), y1 x1
            y2 x2, counted from 1).
        names: Which pictures are wanted.

    Returns:
        Boxes by name as from :func:`select`, all of them, in the file's order.

    Raises:
        InputError: Not such a file, or a picture is not in it.
    """
    from scipy.io import loadmat

    try:
        content = loadmat(path)
    except FileNotFoundError as error:
        raise InputError(f"no such file: {path}") from error
    except Exception as error:  # whatever scipy meets in a file of another kind
        raise InputError(f"{path} is no MATLAB file (v4 to v7): {error}") from error
    if not {"images", "boxes"} <= set(content):
        there = ", ".join(k for k in content if not k.startswith("__")) or "nothing"
        raise InputError(f"{path} has no 'images' and 'boxes'; there is {there}")
    images, cells = content["images"].ravel(), content["boxes"].ravel()
    if len(images) != len(cells):
        raise InputError(f"{path}: {len(images)} images, {len(cells)} sets of boxes")
    found = {Path(str(np.squeeze(i))).stem: b for i, b in zip(images, cells)}
    absent = [name for name in names if name not in found]
    if absent:
        raise InputError(
            f"{path} has no proposals for {len(absent)} of {len(names)} pictures, "
            f"such as {absent[0]}; is it of another split or year?"
        )
    boxes = {}
    for name in names:
        rows = np.asarray(found[name], dtype=np.int64).reshape(-1, 4)
        if (rows < 1).any() or (rows[:, 2:] < rows[:, :2]).any():
            raise InputError(f"{path}: boxes of {name} are not y1 x1 y2 x2 from 1 on")
        boxes[name] = rows[:, [1, 0, 3, 2]] - 1
    return boxes


def write(out: Path, boxes: dict[str, np.ndarray]) -> None:
    """Writes what mmdet's ``proposal_file`` reads, whole or not at all.

    A pickled dict: 'JPEGImages/000005.jpg' to ``bboxes`` (n, 4), float32, x1 y1 x2 y2,
    and ``scores`` (n,), float32, which fall from 1 with the rank and mean nothing else.
    """
    content = {
        f"JPEGImages/{name}.jpg": dict(
            bboxes=np.asarray(rows, np.float32).reshape(-1, 4),
            scores=1 - np.arange(len(rows), dtype=np.float32) / max(1, len(rows)),
        )
        for name, rows in boxes.items()
    }
    draft = out.with_name(f"{out.name}.tmp")
    with open(draft, "wb") as file:
        pickle.dump(content, file, protocol=4)
    draft.replace(out)
