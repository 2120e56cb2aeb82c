"""Pairs the pictures to fill with their masks."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ce_plugin.datasets.files import EXTENSIONS, find_pictures
from ce_plugin.errors import InputError
from ce_plugin.masks.build import build_generator

from .reading import Mask, Picture

PARTS = ("_prediction", "_mask")
"""What the names of the raw prediction and of the mask add to a result's."""


@dataclass(frozen=True)
class Job:
    """A picture to fill.

    Attributes:
        name: What messages call it: its path, or its number.
        target: Where its result goes below the output folder, without an ending.
        picture: The picture, not read yet.
        mask: The picture's hole, not read yet.
        seed: Seed of a mask generator and of the filler.
        among: Real paths of all pictures to fill and of all masks, over which nothing
            is written.
    """

    name: str
    target: str
    picture: Picture
    mask: Mask
    seed: int
    among: frozenset[str] = frozenset()

    def to(self, target: str) -> Job:
        """The same job with its result elsewhere."""
        return replace(self, target=target)


def list_jobs(
    inputs: Picture | Sequence[Picture],
    masks: Mask | Sequence[Mask] | None,
    seed: int = 0,
    parts: bool = False,
) -> list[Job]:
    """Pairs pictures with masks; nothing is read yet.

    Args:
        inputs: See :class:`InpaintingInferencer`'s call.
        masks: See :class:`InpaintingInferencer`'s call.
        seed: Seed of the first picture.
        parts: Raw predictions and masks are written as well, so that no result may
            have the name of another's.

    Raises:
        InputError: No picture, no mask, not as many masks as pictures, or a seed below
            0.
    """
    if masks is None:
        raise InputError(
            "no mask: give a mask picture in which the hole is white, boxes, or a "
            "mask generator"
        )
    if seed < 0:
        raise InputError(f"a seed is 0 or more, not {seed}")
    names = list(_named(inputs))
    if not names:
        raise InputError("no pictures to fill")
    found = _masks_of(masks, [target for _, target, _ in names])
    if isinstance(masks, dict):
        # Built once: a generator may read its shapes from files.
        found = [build_generator(masks)] * len(names)
    sources = (*(picture for *_, picture in names), *found)
    paths = (source for source in sources if isinstance(source, str | os.PathLike))
    among = frozenset(map(os.path.realpath, paths))
    targets = _apart([target for _, target, _ in names], PARTS if parts else ())
    return [
        Job(name, target, picture, mask, seed + i, among)
        for i, ((name, _, picture), target, mask) in enumerate(
            zip(names, targets, found)
        )
    ]


def _apart(targets: list[str], parts: tuple[str, ...] = ()) -> list[str]:
    """Targets of which none is written over: of x.jpg and x.png the second is x-2.

    A picture's own name goes before: where there is x-2.jpg too, the second is x-3.
    With parts, x_mask gives way to the mask of x.
    """

    def files(target: str) -> set[str]:
        return {target, *(target + part for part in parts)}

    extra = {target + part for target in targets for part in parts}
    # Counted once already, for a picture whose part has the name.
    taken, last, out = extra | set(targets), Counter(extra), []
    for target in targets:
        last[target] += 1
        free = target
        if last[target] > 1:
            while files(free := f"{target}-{last[target]}") & taken:
                last[target] += 1
            taken |= files(free)
        out.append(free)
    return out


def _named(inputs: Picture | Sequence[Picture]) -> Iterator[tuple[str, str, Picture]]:
    """Name, target and source of each picture."""
    several = isinstance(inputs, list | tuple)
    for number, source in enumerate(inputs if several else [inputs]):
        if not isinstance(source, str | os.PathLike):
            yield f"picture {number}", f"{number:04}", source
        elif os.path.isdir(source):
            for name in find_pictures(os.fspath(source)):
                path = os.path.join(source, name)
                yield path, os.path.splitext(name)[0], path
        else:
            yield os.fspath(source), Path(source).stem, source


def _masks_of(masks: Mask | Sequence[Mask], targets: list[str]) -> list[Mask]:
    if isinstance(masks, str | os.PathLike) and os.path.isdir(masks):
        return _masks_beside(os.fspath(masks), targets)
    if isinstance(masks, list | tuple) and not _are_boxes(masks):
        if len(masks) != len(targets):
            raise InputError(
                f"{len(masks)} masks for {len(targets)} pictures; give one for each or "
                "one for all"
            )
        return list(masks)
    return [masks] * len(targets)


def _masks_beside(folder: str, targets: list[str]) -> list[str]:
    """The file in a folder of masks for each picture, or where it would be.

    Endings count in any case of letters, as those of pictures do.
    """
    listed: dict[str, dict[str, str]] = {}
    found = []
    for target in targets:
        place, stem = os.path.split(os.path.join(folder, target))
        if place not in listed:
            listed[place] = _by_small_ending(place)
        endings = (e for e in EXTENSIONS if stem + e in listed[place])
        name = stem + next(endings, ".png")
        found.append(os.path.join(place, listed[place].get(name, name)))
    return found


def _by_small_ending(folder: str) -> dict[str, str]:
    """The files of a folder by their names with the ending in small letters."""
    if not os.path.isdir(folder):
        return {}
    with os.scandir(folder) as entries:
        # Sorted, so that x.png goes before x.PNG.
        names = sorted(entry.name for entry in entries if entry.is_file())
    return {stem + e.lower(): stem + e for stem, e in map(os.path.splitext, names)}


def _are_boxes(masks: Sequence) -> bool:
    return bool(masks) and all(
        isinstance(box, list | tuple | np.ndarray)
        and len(box) == 4
        and all(isinstance(value, int | float | np.number) for value in box)
        for box in masks
    )
