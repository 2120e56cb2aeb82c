"""Markdown, for the site."""

from __future__ import annotations

from . import notes
from .contents import tables_of
from .leaderboard import Leaderboard
from .table import Table


def markdown(board: Leaderboard) -> str:
    """All tables of a suite, with what has to be said about them."""
    suite = board.suite
    parts = [f"### {_text(suite.title)}", suite.about.strip(), notes.budget(board)]
    parts.append(f"**{notes.progress(board)}**")
    parts += [_table(table) for table in tables_of(board)]
    if failed := notes.failures(board):
        lines = "\n".join(f"- {_text(line)}" for line in failed)
        parts += ["#### Failed runs", lines]
    said = [*notes.how_to_read(board), *notes.provenance(board)]
    parts.append("\n".join(f"- {_text(line)}" for line in said))
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(table: Table) -> str:
    heads = []
    for column in table.columns:
        unit = f" ({column.unit})" if column.unit else ""
        heads.append(_text(column.head + unit))
    rule = _row(["---:" if column.numeric else "---" for column in table.columns])
    lines = [_row(heads), rule if table.aligned else f"{'|---' * len(heads)}|"]
    for row in table.rows:
        lines.append(
            _row([f"**{_text(c.text)}**" if c.best else _text(c.text) for c in row])
        )
    body = "\n".join(lines)
    return f"#### {table.title}\n\n{body}\n\n{_text(table.note)}".rstrip()


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text that no Markdown reader takes for markup or a new cell."""
    for sign in "\\|*_`<":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
