"""The page's HTML, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from ce_plugin.pages import templates

from .rows import Row

HERE = Path(__file__).parent
_TINY = 96  # pixels; pictures below it are enlarged without smoothing
_UNITS = {"l1": "L1 %.2f %%", "psnr": "PSNR %.2f dB"}


@dataclass(frozen=True)
class Means:
    """What the table at the top says of a column.

    Attributes:
        name: Of the column.
        l1: Mean over pictures, in percent of the range.
        psnr: Likewise, in dB.
    """

    name: str
    l1: float
    psnr: float


def page(
    title: str,
    summary: str,
    cells: int,
    rows: Iterable[str],
    means: Sequence[Means] = (),
    scored: int = 0,
    columns: Sequence[str] = (),
    keys: Sequence[str] = (),
    problems: Sequence[str] = (),
) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        title: Of the page.
        summary: One line below it.
        cells: Pictures in a row.
        rows: HTML of :func:`row`; parts of it, cut anywhere.
        means: One for each column; may be empty.
        scored: Pictures that the means are over.
        columns: Names of those that can be sorted by score.
        keys: What can be seen in place of a picture: 'hole', 'original'.
        problems: What is listed as not shown or not scored.
    """
    return templates.page(
        HERE,
        style=f":root {{ --columns: {cells}; }}\n",
        title=title,
        summary=summary,
        rows=map(Markup, rows),
        means=means,
        scored=scored,
        columns=columns,
        keys=keys,
        problems=problems,
    )


def row(number: int, shown: Row) -> str:
    """One row; the best score of several is marked.

    Args:
        number: Of the row; no two have the same.
        shown: It.
    """
    results = [cell.scores for cell in shown.cells if cell.scores]
    best = {}
    if len(results) > 1 and shown.comparable:
        best = dict(
            l1=min(scores["l1"] for scores in results),
            psnr=max(scores["psnr"] for scores in results),
        )
    return _template().render(
        number=number, shown=shown, best=best, units=_UNITS, tiny=_TINY
    )


@cache
def _template() -> Template:
    return templates.environment(HERE).get_template("row.html")
