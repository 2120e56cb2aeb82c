"""Reads pictures with their holes and fills them in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .fillers import Filler, Filling
from .fillers.base import check_pair
from .holes import read_holes
from .jobs import Job
from .outcome import Outcome
from .picture_file import PictureFile
from .reading import open_picture


@dataclass(frozen=True)
class Item:
    """A job that has been read, with the pictures and holes of its frames."""

    job: Job
    file: PictureFile
    pictures: list[np.ndarray]
    holes: list[np.ndarray]
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Pixels of all frames."""
        return sum(hole.size for hole in self.holes)


@dataclass
class Batch:
    """Jobs that are worked on at once, and those that could not be read."""

    items: list[Item] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)

    @property
    def jobs(self) -> list[Job]:
        """The jobs whose pictures have been read."""
        return [item.job for item in self.items]

    @property
    def size(self) -> int:
        """Pixels of all that has been read."""
        return sum(item.size for item in self.items)


def read_item(job: Job, hole: str, bit_depth: int | None) -> Item:
    """Reads the picture and the holes of a job.

    Args:
        job: The picture's job.
        hole: 'white' or 'black', what the hole is in a mask picture.
        bit_depth: See :func:`~.reading.open_picture`.

    Raises:
        InputError: They cannot be read, or do not go together.
    """
    file = open_picture(job.picture, bit_depth)
    rng = np.random.default_rng(job.seed)
    holes, notes = read_holes(file, job.mask, rng, hole, job.picture)
    return _checked(Item(job, file, file.as_rgb(), holes, notes))


def item_of(file: PictureFile, hole: np.ndarray) -> Item:
    """An item from what has been read: the same hole in all frames.

    Raises:
        InputError: They do not go together.
    """
    holes = [hole] * len(file.frames)
    job = Job("the picture", "", b"", hole, 0)
    return _checked(Item(job, file, file.as_rgb(), holes))


def _checked(item: Item) -> Item:
    some = any(mask.any() for mask in item.holes)
    for picture, mask in zip(item.pictures, item.holes):
        if mask.any() or not some:
            check_pair(picture, mask)
    item.file.check_known(item.holes)
    return replace(item, notes=(*item.notes, *item.file.hints()))


def fill_items(filler: Filler, items: Sequence[Item], batch_size: int) -> list[Outcome]:
    """Fills all frames that have a hole; the others stay as they are.

    Args:
        filler: The filler.
        items: Pictures, all of whose frames are held at once.
        batch_size: Frames that the filler gets at once.

    Raises:
        InputError: The filler refuses one.
    """
    todo = [
        (item, number)
        for item in items
        for number, hole in enumerate(item.holes)
        if hole.any()
    ]
    found: dict[tuple[int, int], Filling] = {}
    for start in range(0, len(todo), batch_size):
        part = todo[start : start + batch_size]
        fillings = filler(
            [item.pictures[number] for item, number in part],
            [item.holes[number] for item, number in part],
            [item.job.seed for item, _ in part],
        )
        for (item, number), filling in zip(part, fillings):
            found[id(item), number] = filling
    return [_outcome(item, found) for item in items]


def _outcome(item: Item, found: dict[tuple[int, int], Filling]) -> Outcome:
    own = [found.get((id(item), number)) for number in range(len(item.holes))]
    first = next(filling for filling in own if filling is not None)
    pairs = list(zip(own, item.pictures))
    notes = dict.fromkeys(note for f in own if f is not None for note in f.notes)
    return Outcome(
        item.job,
        replace(first, notes=(*item.notes, *notes)),
        source=item.file,
        holes=tuple(item.holes),
        painted=tuple(p if f is None else f.composite for f, p in pairs),
        predictions=tuple(p if f is None else f.prediction for f, p in pairs),
    )
