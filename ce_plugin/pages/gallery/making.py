"""From a folder to a page: row by row, and the file whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from ce_plugin.errors import InputError
from ce_plugin.files import replace_file
from ce_plugin.inpainting.reading import mask_of_file

from . import page
from .finding import Results, find_results
from .rows import Row, RowReader


@dataclass(frozen=True)
class Report:
    """What was made.

    Attributes:
        pictures: Results shown.
        rows: Rows shown.
        columns: Their names.
        bytes: Of the page.
        problems: What could not be shown or scored, one line each.
        notes: What the user may not have meant.
    """

    pictures: int
    rows: int
    columns: list[str]
    bytes: int
    problems: list[str]
    notes: list[str]


def make_gallery(
    folder: str | os.PathLike,
    out: str | os.PathLike,
    *,
    truth: str | os.PathLike | None = None,
    masks: str | os.PathLike | None = None,
    title: str | None = None,
    size: int = 512,
    columns: Sequence[str] | None = None,
    flat: bool = False,
    tell: Callable[[int, int], None] = lambda done, all: None,
) -> Report:
    """Makes one HTML page, which asks for nothing outside itself, of a folder.

    Pictures are read one row at a time, and what is written waits on the disk: memory
    does not grow with the folder.

    Args:
        folder: See :func:`.finding.find_results`.
        out: The page; one that is there is replaced when the new one is whole.
        truth: See there.
        masks: See there.
        title: The folder's name by default.
        size: Pixels to the longer side of a picture in the page, 16 to 4096.
        columns: See there.
        flat: See there.
        tell: Called with the number of rows done and of all.

    Raises:
        InputError: Something asked for cannot be done, or no picture can be read.
        OSError: The disk is full or may not be written to.
    """
    out = Path(out)
    if out.suffix.lower() not in (".html", ".htm") or out.is_dir():
        raise InputError(f"--out is the page, a file that ends in .html, not {out}")
    if not 16 <= size <= 4096:
        raise InputError(f"--size is 16 to 4096 pixels, not {size}")
    results = find_results(folder, truth, masks, columns, flat)
    if masks is not None and os.path.isfile(masks):
        mask_of_file(masks)  # wrong for one, wrong for all
    title = title or os.path.basename(os.path.abspath(folder)) or "Gallery"
    reader, tally = RowReader(results, size), _Tally(results)
    with _told_of(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.{os.getpid()}.partial")
        spool = tempfile.TemporaryFile(dir=out.parent)  # noqa: SIM115
    try:
        with spool:
            for done, name in enumerate(results.rows):
                row = reader(name)
                if tally.add(row):
                    text = page.row(done, row)
                    with _told_of(out):
                        _write(spool, text)
                tell(done + 1, len(results.rows))
            if not tally.pictures:
                more = len(tally.problems) - 1
                told = f" (and {more} more)" if more else ""
                raise InputError(
                    f"not one picture could be read; {tally.problems[0]}{told}"
                )
            with _told_of(out):
                spool.seek(0)
                with open(part, "wb") as file, TextIOWrapper(spool, "utf-8") as kept:
                    rows = iter(partial(kept.read, 1 << 20), "")
                    for piece in tally.page(title, rows):
                        _write(file, piece)
                bytes_ = part.stat().st_size
                replace_file(part, out)
    finally:
        part.unlink(missing_ok=True)
    return Report(
        tally.pictures,
        tally.rows,
        [column.name for column in results.columns],
        bytes_,
        tally.problems,
        tally.notes,
    )


class _Tally:
    """What the rows add up to: figures, not pictures."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.problems = list(results.problems)
        self.pictures = self.rows = self.cells = self.incomparable = 0
        self.scored = False
        self.scores: list[list[dict[str, float] | None]] = []
        self.kinds: set[str] = set()

    def add(self, row: Row) -> bool:
        """Counts a row; whether there is anything to show in it."""
        self.problems += row.problems
        results = [cell for cell in row.cells if cell.kind == "result"]
        shown = sum(cell.tile is not None for cell in results)
        if not shown:
            return False
        self.rows += 1
        self.pictures += shown
        holes = sum(cell.kind == "hole" for cell in row.cells)
        self.cells = max(self.cells, len(row.cells) - max(holes - 1, 0))
        if row.comparable:
            self.scores.append([cell.scores for cell in results])
        else:
            self.incomparable += 1
        self.scored |= any(cell.scores for cell in results)
        self.kinds.update(cell.kind for cell in row.cells if cell.tile)
        return True

    @property
    def notes(self) -> list[str]:
        notes = list(self.results.notes)
        if self.results.originals is not None and not self.results.has_masks:
            notes.append("no hole is known, so that nothing is scored; give --masks")
        if self.incomparable:
            rows = _count(self.incomparable, "row")
            told = f"the results in {rows} have filled different holes"
            notes.append(f"{told}; their scores are not compared")
        return notes

    @property
    def keys(self) -> list[str]:
        return [kind for kind in ("hole", "original") if kind in self.kinds]

    def page(self, title: str, rows: Iterable[str]) -> Iterator[str]:
        columns = [column.name for column in self.results.columns]
        whole = [scores for scores in self.scores if all(scores)]
        means = [
            page.Means(
                name,
                *(
                    sum(scores[i][figure] for scores in whole) / len(whole)
                    for figure in ("l1", "psnr")
                ),
            )
            for i, name in enumerate(columns)
            if whole
        ]
        summary = f"{_count(self.pictures, 'picture')}"
        if len(columns) > 1:
            summary = f"{_count(self.rows, 'row')}, {summary}: {', '.join(columns)}"
        return page.page(
            title,
            f"{summary}.",
            self.cells,
            rows,
            means,
            len(whole),
            columns if self.scored else (),
            self.keys,
            self.problems,
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _write(file: IO[bytes], text: str) -> None:
    # A name that is no text, which a disk may hold, must not end it all.
    file.write(text.encode("utf-8", "replace"))


@contextmanager
def _told_of(out: Path) -> Iterator[None]:
    """An error of the disk names the page, not some file beside it or none."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM):
            raise OSError(error.errno, error.strerror, str(out)) from error
        raise InputError(f"cannot write {out}: {error.strerror}") from error
