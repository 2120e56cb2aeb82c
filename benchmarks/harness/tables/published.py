"""The table of figures that others have published."""

from __future__ import annotations

from .leaderboard import Leaderboard
from .main import METHOD
from .published_figures import PUBLISHED
from .table import MISSING, Cell, Column, Table


def published(board: Leaderboard) -> Table | None:
    """What others have published, each with network, protocol and source."""
    found = PUBLISHED.get(board.suite.name)
    if not found:
        return None
    figures = list(dict.fromkeys(name for row in found for name in row.figures))
    columns = [METHOD, Column("network", numeric=False)]
    columns += [Column(name) for name in figures]
    columns += [Column("protocol", numeric=False), Column("source", numeric=False)]
    rows = []
    for row in found:
        cells = [row.figures.get(name) for name in figures]
        rows.append(
            [
                Cell(row.method),
                Cell(row.network),
                *(Cell(c.text, c.value) if c else Cell(MISSING) for c in cells),
                Cell(row.protocol),
                Cell(row.source),
            ]
        )
    note = "Measured by others, in other ways; in no mean and no ranking of this page."
    return Table("Published figures", columns, rows, note=note)
