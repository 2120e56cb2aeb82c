"""A table, before it is written in one of the formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MISSING = "\u2013"
"""Text of a cell without a figure."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        head: Heading.
        unit: Smaller line below the heading.
        numeric: Whether it holds numbers: sorted as such and aligned to the right.
        rising: Whether the first click sorts it upwards: where less is better.
    """

    head: str
    unit: str = ""
    numeric: bool = True
    rising: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: Content.
        value: Number that it is sorted by; None where it is missing, which sorts last.
        best: Whether it is the best of its column.
        tag: Word that says what kind of row this is.
        small: Smaller line below the text; shown on the page alone.
    """

    text: str
    value: float | None = None
    best: bool = False
    tag: str = ""
    small: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: Heading.
        columns: Columns from the left; the first one names the rows.
        rows: Cells of each row.
        methods: Name of the method of each row; empty where rows are not methods.
        note: Text below the table.
        aligned: Whether Markdown aligns numbers to the right.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    methods: Sequence[str] = ()
    note: str = ""
    aligned: bool = True


def text_table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], note: str = ""
) -> Table:
    """A table of ready texts; the page sorts those that are numbers."""
    cells = [[Cell(text, _number(text)) for text in row] for row in rows]
    first, *others = heads
    columns = [Column(first, numeric=False), *map(Column, others)]
    return Table(title, columns, cells, note=note, aligned=False)


def _number(text: str) -> float | None:
    try:
        return float(text.split(" ")[0])
    except ValueError:
        return None
