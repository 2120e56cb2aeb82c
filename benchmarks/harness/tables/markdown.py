"""Markdown, for the site."""

from __future__ import annotations

from . import words
from .board import Board
from .more_sheets import sheets
from .sheet import Sheet


def markdown(board: Board) -> str:
    """All tables of a suite, with what has to be said about them."""
    suite = board.suite
    parts = [f"### {_text(suite.title)}", suite.about.strip(), words.budget(board)]
    parts.append(f"**{words.progress(board)}**")
    parts += [_sheet(sheet) for sheet in sheets(board)]
    if failed := words.failures(board):
        lines = "\n".join(f"- {_text(line)}" for line in failed)
        parts += ["#### Failed runs", lines]
    said = [*words.notes(board), *words.provenance(board)]
    parts.append("\n".join(f"- {_text(line)}" for line in said))
    return "\n\n".join(part for part in parts if part) + "\n"


def _sheet(sheet: Sheet) -> str:
    heads = []
    for column in sheet.columns:
        unit = f" ({column.unit})" if column.unit else ""
        heads.append(_text(column.head + unit))
    rule = ["---:" if column.numeric else "---" for column in sheet.columns]
    lines = [_row(heads), _row(rule)]
    for row in sheet.rows:
        lines.append(
            _row([f"**{_text(c.text)}**" if c.best else _text(c.text) for c in row])
        )
    table = "\n".join(lines)
    return f"#### {sheet.title}\n\n{table}\n\n{_text(sheet.note)}".rstrip()


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text that no Markdown reader takes for markup or a new cell."""
    for sign in "\\|*_`<":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
