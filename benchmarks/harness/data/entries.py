"""Entries of a suite's data: functions from the data root to a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ce_plugin.datasets import BundledPhotos
from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic


def whole(root: Path, work: Path) -> Path:
    """The data root itself."""
    return root


def part(*names: str) -> Callable[[Path, Path], Path]:
    """A folder or file inside the data root."""

    def inside(root: Path, work: Path) -> Path:
        return root.joinpath(*names)

    return inside


def pictures_outside_val(root: Path) -> list[Path]:
    """All pictures of a VOCdevkit but those of its val lists, of any task.

    VOC2012 has pictures of VOC2007 as ``2007_000033``: held out in one year, a picture
    is in none.
    """
    years = sorted(root.glob("VOC20*"))
    held = across_years(years)
    return [
        picture
        for year in years
        for picture in sorted((year / "JPEGImages").glob("*.jpg"))
        if across(year, picture.stem) not in held
    ]


def across_years(years: Iterable[Path]) -> set[str]:
    """The pictures of all val lists of some years, as :func:`across` names them."""
    return {across(year, name) for year in years for name in held_names(year)}


def across(year: Path, name: str) -> str:
    """The name of a picture that it has in every year, ``2007_000033``."""
    number = year.name.removeprefix("VOC")
    return name if "_" in name else f"{number}_{name}"


def held_names(year: Path) -> set[str]:
    """Names of the pictures of a year's val lists, of any task."""
    held: set[str] = set()
    for task in ("Main", "Segmentation"):
        names = year / "ImageSets" / task / "val.txt"
        held |= set(names.read_text().split()) if names.is_file() else set()
    return held


def write_list(path: Path, names: Iterable[str]) -> None:
    """One name a line; missing folders are made."""
    write_atomic(path, "".join(f"{name}\n" for name in names))


def voc_pictures(root: Path, work: Path) -> Path:
    """A list of the pictures of :func:`pictures_outside_val`.

    Raises:
        InputError: There is no picture.
    """
    found = pictures_outside_val(root)
    if not found:
        raise InputError(
            f"no pictures in {root}; --data-root is a VOCdevkit with VOC2007/JPEGImages"
        )
    path = work / "pretraining.txt"
    # Whole or not at all: a run that goes on may be reading it.
    write_list(path, map(str, found))
    return path


def held_out(count: int) -> Callable[[Path, Path], Path]:
    """A list of ``count`` pictures of a VOCdevkit's val lists, evenly from all of them.

    Returns:
        An entry of a suite's data. It raises ``InputError`` where there are fewer.
    """

    def listed(root: Path, work: Path) -> Path:
        seen = set(pictures_outside_val(root))
        every = sorted(root.glob("VOC20*/JPEGImages/*.jpg"))
        left = [str(path) for path in every if path not in seen]
        if len(left) < count:
            raise InputError(f"only {len(left)} pictures in the val lists of {root}")
        path = work / "held_out.txt"
        write_list(path, (left[i * len(left) // count] for i in range(count)))
        return path

    return listed


def bundled_photos(root: Path, work: Path) -> Path:
    """A list of the photographs that come in packages."""
    photos = BundledPhotos(split="all")
    path = work / "bundled.txt"
    write_list(path, (str(photos.path_of(name)) for name in photos.names))
    return path
