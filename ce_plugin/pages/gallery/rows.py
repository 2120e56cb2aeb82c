"""One row of the page: read, checked, scored and scaled; then let go."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.evaluation.scoring.scores import hole_errors
from ce_plugin.inpainting.fillers.base import check_pair
from ce_plugin.inpainting.reading import mask_of_file, read_picture
from ce_plugin.pages.run.panel import HOLE

from .finding import Results
from .tiles import Tile, encode


@dataclass(frozen=True)
class Cell:
    """A picture of a row, or why there is none.

    Attributes:
        kind: 'hole', 'result', 'prediction' or 'original'.
        label: What stands below it.
        tile: It; None where there is none.
        column: Number of its column, of a result.
        hole: Number of its hole among the row's; None where it is not known.
        scores: ``l1`` in percent of the range and ``psnr`` in dB, against the original.
        note: Why there is no picture or no score.
    """

    kind: str
    label: str
    tile: Tile | None = None
    column: int | None = None
    hole: int | None = None
    scores: dict[str, float] | None = None
    note: str = ""


@dataclass
class Row:
    """All pictures of one name.

    Attributes:
        name: It.
        cells: Holes first, originals last.
        problems: What could not be shown or scored, one line each.
        comparable: All its results have filled the same hole.
    """

    name: str
    cells: list[Cell] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    comparable: bool = True


class RowReader:
    """Reads rows, one after the other.

    Args:
        results: What there is.
        size: Pixels to the longer side of a picture in the page.
    """

    def __init__(self, results: Results, size: int) -> None:
        self.results, self.size = results, size
        self.raw = [bool(column.predictions) for column in results.columns]
        """Whether a column has predictions to show."""
        several = len(results.columns) > 1
        self._prefixes = [f"{c.name}: " if several else "" for c in results.columns]

    def __call__(self, name: str) -> Row:
        """A row, the problems of its files noted.

        Holds the original, one result at a time, and the row's holes: as a rule one.
        """
        row, holes = Row(name), _Holes(self.size)
        original, shown = self._original(row)
        results = []
        for i, hole in enumerate(self._masks(row)):
            results += self._result(row, i, hole, original, holes)
        row.comparable = len(holes.tiles) < 2
        if holes.tiles:
            row.cells += holes.cells()
        elif self.results.has_masks:
            row.cells.append(Cell("hole", "hole", note="no mask"))
        row.cells += results
        if shown is not None:
            row.cells.append(shown)
        return row

    def _original(self, row: Row) -> tuple[np.ndarray | None, Cell | None]:
        if self.results.originals is None:
            return None, None
        path = self.results.originals.get(row.name)
        if path is None:  # told by the search
            return None, Cell("original", "original", note="no original")
        pixels = _read(read_picture, path, row)
        if pixels is None:
            return None, Cell("original", "original", note="cannot be read")
        return pixels, Cell("original", "original", encode(pixels, self.size))

    def _masks(self, row: Row) -> list[np.ndarray | None]:
        """The hole of each column's result, as its file has it.

        A result without a mask takes that of its row's others, as long as they agree:
        they were made from the same picture.
        """
        columns = self.results.columns
        if self.results.masks is not None:
            path = self.results.masks.get(row.name)
            return [path and _read(mask_of_file, path, row)] * len(columns)
        paths = [column.masks.get(row.name) for column in columns]
        different: list[np.ndarray] = []
        own: list[np.ndarray | None] = []
        for path in paths:
            mask = path and _read(mask_of_file, path, row)
            if mask is not None:
                same = next((m for m in different if np.array_equal(m, mask)), None)
                if same is None:
                    different.append(mask)
                else:
                    mask = same
            own.append(mask)
        lone = different[0] if len(different) == 1 else None
        return [mask if path else lone for path, mask in zip(paths, own)]

    def _result(
        self,
        row: Row,
        number: int,
        hole: np.ndarray | None,
        original: np.ndarray | None,
        holes: _Holes,
    ) -> list[Cell]:
        """The cells of a result: it, and what was painted where this is shown."""
        column = self.results.columns[number]
        at = dict(kind="result", label=column.name, column=number)
        raw = dict(kind="prediction", label=f"{column.name}, as painted")
        path = column.pictures.get(row.name)
        pixels = None if path is None else _read(read_picture, path, row)
        if pixels is None:
            note = "no picture" if path is None else "cannot be read"
            cells = [Cell(**at, note=note)]
            return cells + ([Cell(**raw, note=note)] if self.raw[number] else [])
        told = f"{row.name}: {self._prefixes[number]}"
        index = None
        if hole is not None and not self._fits(row, pixels, hole, told):
            hole = None
        if hole is not None:
            fits = original is not None and original.shape == pixels.shape
            index = holes.add(hole, original if fits else pixels, column.name)
        scores, note = None, ""
        if original is not None:
            scores, note = self._scores(row, pixels, original, hole, told)
        tile = encode(pixels, self.size)
        del pixels  # one result at a time
        cells = [Cell(**at, tile=tile, hole=index, scores=scores, note=note)]
        if self.raw[number]:
            path = column.predictions.get(row.name)
            painted = None if path is None else _read(read_picture, path, row)
            note = "no picture" if path is None else "cannot be read"
            if painted is not None:
                raw |= dict(tile=encode(painted, self.size), hole=index)
                note = ""
            cells.append(Cell(**raw, note=note))
        return cells

    def _fits(self, row: Row, pixels: np.ndarray, hole: np.ndarray, told: str) -> bool:
        try:
            check_pair(pixels, hole)
        except InputError as error:
            row.problems.append(f"{told}{error}")
            return False
        return True

    def _scores(
        self,
        row: Row,
        pixels: np.ndarray,
        original: np.ndarray,
        hole: np.ndarray | None,
        told: str,
    ) -> tuple[dict[str, float] | None, str]:
        """The scores, or why there are none."""
        try:
            if pixels.shape != original.shape:
                raise InputError(
                    f"it has {_size(pixels)} pixels and the original {_size(original)}"
                )
            if hole is not None:
                found = hole_errors(pixels, original, hole)
                return {figure: found[figure] for figure in ("l1", "psnr")}, ""
        except InputError as error:
            row.problems.append(f"{told}not scored: {error}")
            return None, "not scored"
        # Where no hole is known at all, one note for all of them is enough.
        return None, "no hole to score" if self.results.has_masks else ""


class _Holes:
    """The different holes of a row: one, unless its results were made with others."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.masks: list[np.ndarray] = []
        self.tiles: list[Tile] = []
        self.of: list[str] = []

    def add(self, hole: np.ndarray, picture: np.ndarray, column: str) -> int:
        """The number of a hole, shown in a picture."""
        for i, mask in enumerate(self.masks):
            if np.array_equal(mask, hole):
                return i
        painted = picture.copy()
        painted[hole] = HOLE
        self.masks.append(hole)
        self.tiles.append(encode(painted, self.size))
        self.of.append(column)
        return len(self.masks) - 1

    def cells(self) -> list[Cell]:
        several = len(self.tiles) > 1
        return [
            Cell("hole", f"hole of {name}" if several else "hole", tile, hole=i)
            for i, (tile, name) in enumerate(zip(self.tiles, self.of))
        ]


def _read(
    read: Callable[[str], np.ndarray], path: str | os.PathLike, row: Row
) -> np.ndarray | None:
    """A file's content; None with the problem noted, once for each file."""
    try:
        return read(path)
    except InputError as error:
        problem = f"{row.name}: {error}"
        if problem not in row.problems:
            row.problems.append(problem)
        return None


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
