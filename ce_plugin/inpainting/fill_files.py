"""Fills the holes of picture files and writes the results."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ce_plugin.errors import InputError

from .fillers import Filler
from .inferencer import InpaintingInferencer
from .jobs import Job, list_jobs
from .outcome import save
from .picture_file.containers import OWN, container_of, ending_for
from .reading import Mask


@dataclass
class FilledFiles:
    """The results for several pictures.

    Attributes:
        pictures: How many there were.
        filled: How many were filled.
        path: The file that was written, or for several their folder.
        failed: (name, reason) of those that could not be filled.
        notes: What a file changes or loses, each with the names of its pictures.
        seconds: Time from the first picture read to the last written.
    """

    pictures: int
    filled: int = 0
    path: str = ""
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0


def fill_files(
    pictures: Sequence[str],
    masks: Mask,
    filler: Filler,
    out: str | Path,
    format: str | None = None,
    *,
    hole: str = "white",
    bit_depth: int | None = None,
    keep_alpha: bool = False,
    parts: bool = False,
    batch_size: int = 16,
    seed: int = 0,
) -> FilledFiles:
    """Fills pictures and writes them, each whole or not at all.

    Args:
        pictures: Files, or folders with all below them.
        masks: See :class:`InpaintingInferencer`.
        filler: What fills the holes.
        out: A folder, or for one picture a file.
        format: Format of the files in a folder: 'png', 'tif' ..., or 'own' for each
            picture's own; by default PNG, and TIFF where PNG cannot hold the picture
            exactly.
        hole: What the hole is in a mask picture, 'white' or 'black'.
        bit_depth: Bits in use of 16-bit pictures; by default all.
        keep_alpha: The hole keeps its transparency and does not become opaque.
        parts: Write the raw predictions and the masks as well.
        batch_size: Pictures worked on at once.
        seed: Seed of generators and fillers.

    Raises:
        InputError: Something asked for cannot be done, or the only picture fails.
    """
    jobs = list_jobs(list(pictures), masks, seed, parts)
    jobs, folder, ending = _places(jobs, Path(out), format)
    _check_folder(folder)
    result = FilledFiles(len(jobs))
    inferencer = InpaintingInferencer(filler)
    started = time.perf_counter()
    for outcome in inferencer.stream(jobs, batch_size, hole, bit_depth):
        name, reason = outcome.job.name, outcome.reason
        if not reason:
            try:
                path, notes = save(outcome, folder, parts, ending, keep_alpha)
            except InputError as error:
                reason = str(error)
        if reason:
            result.failed.append((name, reason))
            continue
        result.filled += 1
        for note in (*outcome.filling.notes, *notes):
            result.notes.setdefault(note, []).append(name)
    result.seconds = time.perf_counter() - started
    if result.failed and len(jobs) == 1:
        raise InputError(result.failed[0][1])
    result.path = path if result.filled == 1 else str(folder)
    return result


def _places(
    jobs: list[Job], out: Path, format: str | None
) -> tuple[list[Job], Path, str | None]:
    """The jobs with their targets, the folder, and the ending of the files."""
    if not out.suffix or out.is_dir():
        named = format and format != OWN
        return jobs, out, ending_for(format) if named else format
    if len(jobs) > 1:
        raise InputError(
            f"--out {out} is a file, for {len(jobs)} pictures; give a folder"
        )
    if format:
        raise InputError(f"--out {out} says the format; leave out --format")
    container_of(out.suffix)
    return [jobs[0].to(out.stem)], out.parent, out.suffix


def _check_folder(folder: Path) -> None:
    """Raises where the folder cannot be made, before the filler works."""
    for place in (folder, *folder.parents):
        if place.is_dir():
            return
        if place.exists():
            raise InputError(
                f"--out: {place} is a file and no folder to write to; give another name"
            )
