"""A part of the training lists to choose recipes by, so that ``val`` stays unseen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from ce_plugin.errors import InputError

from .entries import across, across_years, pictures_outside_val, write_list

FOLDER = "choosing"
EVERY = 3
"""One of so many pictures of a list is judged on, the others are learned from."""
_LINKS = dict(
    JPEGImages="JPEGImages",
    Annotations="Annotations",
    # Segmentors of this split learn from and are judged on masks of the same kind.
    SegmentationClass="SegmentationClassAug",
    SegmentationClassAug="SegmentationClassAug",
)
_PARTS = dict(Main="train", Segmentation="aug")


def split(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Pictures to learn from and to judge on, always the same.

    Example:
        >>> split(["a", "b", "c", "d"])
        (['a', 'b', 'd'], ['c'])
    """
    ordered = sorted(names)
    judged = ordered[EVERY - 1 :: EVERY]
    return [name for name in ordered if name not in set(judged)], judged


def choosing_devkit(root: Path, work: Path) -> Path:
    """A VOCdevkit of links whose ``val`` is a third of ``train``, or of SBD's ``aug``.

    Tasks of the whole devkit run on it as they are. No picture of any ``val`` list of
    the whole devkit is in one of its lists: SBD's ``aug`` has some of them.

    Args:
        root: The whole devkit.
        work: Where it is made. One that is there and the same stays: another process
            may be reading it.

    Raises:
        InputError: A list is missing.
    """
    part, made = work / f"{FOLDER}.{os.getpid()}.part", work / FOLDER
    shutil.rmtree(part, ignore_errors=True)
    years = sorted(root.glob("VOC20*"))
    held = across_years(years)
    lists = {year: _split_lists(year, held) for year in years}
    # A picture is learned from in no task and judged on in another, of any year.
    judged = {
        across(year, name)
        for year, tasks in lists.items()
        for _, own in tasks.values()
        for name in own
    }
    for year, tasks in lists.items():
        for task, (learned, own) in tasks.items():
            folder = part / year.name / "ImageSets" / task
            learned = [n for n in learned if across(year, n) not in judged]
            write_list(folder / "val.txt", own)
            write_list(folder / f"{_PARTS[task]}.txt", learned)
        for name, target in _LINKS.items():
            if (year / target).is_dir():
                os.symlink((year / target).resolve(), part / year.name / name)
    if not part.is_dir():
        raise InputError(f"no VOC2007 or VOC2012 in {root}; --data-root is a VOCdevkit")
    if _content(part) == _content(made):
        shutil.rmtree(part)
        return made
    shutil.rmtree(made, ignore_errors=True)
    part.replace(made)
    return made


def _split_lists(year: Path, held: set[str]) -> dict[str, tuple[list[str], list[str]]]:
    """What a year's tasks learn from and are judged on, but for the ``held``."""
    lists = {}
    for task, source in _PARTS.items():
        path = year / "ImageSets" / task / f"{source}.txt"
        if path.is_file():
            names = path.read_text().split()
            lists[task] = split([n for n in names if across(year, n) not in held])
    if "Main" not in lists:
        raise InputError(f"no list {year}/ImageSets/Main/train.txt")
    return lists


def _content(devkit: Path) -> dict[str, str]:
    """Lists and where links go, by the path inside."""
    files = sorted(p for p in devkit.glob("*/*") if p.is_symlink())
    files += sorted(devkit.glob("*/ImageSets/*/*.txt"))
    return {
        str(p.relative_to(devkit)): os.readlink(p) if p.is_symlink() else p.read_text()
        for p in files
    }


def choosing_pictures(root: Path, work: Path) -> Path:
    """A list for pretraining: what neither this split nor ``val`` judges on."""
    judged = across_years(choosing_devkit(root, work).glob("VOC20*"))
    found = [
        picture
        for picture in pictures_outside_val(root)
        if across(picture.parents[1], picture.stem) not in judged
    ]
    path = work / "choosing.txt"
    write_list(path, map(str, found))
    return path
