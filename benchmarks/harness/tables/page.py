"""The page of a suite: one HTML file that asks for nothing outside itself."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from ce_plugin.pages.run.style import CSS as BASE_CSS

from . import words
from .board import Board
from .charts import curve_chart, quality_chart
from .claims import claims_sheet
from .costs import costs_sheet
from .drawing import COLOURS
from .index import index_sheet, trials_sheet
from .more_sheets import detail, layers, published
from .pictures import pictures
from .prose import html
from .script import JS
from .sheet import MISSING, Cell, Column, Sheet
from .sheets import overview
from .style import CSS


def page(board: Board, work: Path | None = None) -> str:
    """The whole page; every string of a result is escaped.

    Args:
        board: The suite and its results.
        work: Where the pictures lie that results name; None for none.
    """
    title = escape(board.suite.title)
    sections = [
        _section("Results", _sheet(overview(board))),
        *(
            _section(sheet.title, _sheet(sheet))
            for make in (claims_sheet, index_sheet, trials_sheet, costs_sheet)
            if (sheet := make(board))
        ),
        _charts(board),
        _pictures(board, work),
        _details(board),
        _published(board),
        _ends(board),
        _section("How to read this", _list(words.notes(board))),
        _section("Where the rows come from", _list(words.provenance(board))),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Without an icon of its own a browser would ask the server for one.
        '<link rel="icon" href="data:,">\n'
        f"<title>{title}</title>\n<style>{BASE_CSS}{CSS}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>{title}</h1>\n{_state(board)}{''.join(sections)}</main>\n"
        f"<script>{JS}</script>\n</body>\n</html>\n"
    )


def _state(board: Board) -> str:
    total = len(board.expected)
    ended = total - len(board.missing)
    bar = (
        f'<progress max="{total}" value="{ended}" aria-label="runs that have ended">'
        "</progress>"
        if ended < total
        else ""
    )
    return (
        f'<div class="about">{html(board.suite.about)}'
        f"<p>{escape(words.budget(board))}</p></div>\n"
        f'<div class="state">{escape(words.progress(board))}{bar}</div>\n'
    )


def _section(heading: str, *body: str) -> str:
    content = "\n".join(part for part in body if part)
    if not content:
        return ""
    return f"<section>\n<h2>{escape(heading)}</h2>\n{content}\n</section>\n"


def _list(lines: list[str], kind: str = "note") -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="{kind}">{items}</ul>' if items else ""


def _sheet(sheet: Sheet) -> str:
    head = "".join(map(_head, sheet.columns))
    methods = sheet.methods or [""] * len(sheet.rows)
    body = []
    for row, method in zip(sheet.rows, methods):
        mine = f' data-method="{escape(method)}"' if method else ""
        cells = "".join(
            _cell(cell, column, i == 0)
            for i, (cell, column) in enumerate(zip(row, sheet.columns))
        )
        body.append(f"<tr{mine}>{cells}</tr>")
    note = f'<p class="note">{escape(sheet.note)}</p>' if sheet.note else ""
    name = escape(sheet.title)
    return (
        f'<div class="card scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table class="sortable"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{note}"
    )


def _head(column: Column) -> str:
    unit = f"<small>{escape(column.unit)}</small>" if column.unit else ""
    first = "descending" if column.numeric and not column.rising else "ascending"
    kind = ' class="number" data-numeric' if column.numeric else ""
    return (
        f'<th scope="col"{kind} data-first="{first}">'
        f'<button type="button"><span>{escape(column.head)}</span>{unit}</button></th>'
    )


def _cell(cell: Cell, column: Column, first: bool) -> str:
    value = cell.value if column.numeric else cell.text
    if value is None or cell.text == MISSING:
        value = ""
    tag = f'<span class="tag">{escape(cell.tag)}</span>' if cell.tag else ""
    text = escape(cell.text)
    if first:
        return f'<th scope="row" data-value="{escape(str(value))}">{text}{tag}</th>'
    kinds = ["number" if column.numeric else "words"]
    kinds += ["best"] * cell.best + ["absent"] * (value == "")
    label = ' aria-label="missing"' if cell.text == MISSING else ""
    text += f"<small>{escape(cell.small)}</small>" if cell.small else ""
    return (
        f'<td class="{" ".join(kinds)}" data-value="{escape(str(value))}"{label}>'
        f"{text}</td>"
    )


def _charts(board: Board) -> str:
    curves = board.curves()
    on_curve = {task.name for tasks in curves.values() for task in tasks}
    first = [(name, curve_chart(board, name, t)) for name, t in curves.items()]
    rest = [t for t in board.suite.tasks if t.name not in on_curve]
    rest += [task for tasks in curves.values() for task in tasks]
    second = [(task.title, quality_chart(board, task)) for task in rest]
    key = _key(board)
    unknown = [
        m.title
        for m in board.suite.methods
        if board.mean_cost(m.name, "minutes") is None
        and any(board.values(m.name, t.name) for t in board.suite.tasks)
    ]
    absent = f" Not drawn, as its minutes are not known: {', '.join(unknown)}."
    note = (
        '<p class="note">Large dots: means; bars: ± one sample standard deviation; '
        "small dots: seeds. What is not pretrained stands at 0 minutes; the dotted "
        f"line is the floor.{escape(absent) if unknown else ''}</p>"
    )
    band = (
        '<p class="note">Means over the seeds; bars and bands: ± one sample standard '
        "deviation.</p>"
    )
    return _section(
        "Label efficiency", *([key, _grid(first), band] if first else [])
    ) + _section("Quality against minutes", key, _grid(second), note)


def _grid(charts: list[tuple[str, str]]) -> str:
    cards = "".join(
        f'<div class="card"><h3>{escape(name)}</h3>{chart}</div>'
        for name, chart in charts
    )
    return f'<div class="charts">{cards}</div>'


def _key(board: Board) -> str:
    items = "".join(
        f'<li><button type="button" class="c{i % COLOURS} d{i // COLOURS}" '
        f'data-method="{escape(method.name)}" aria-pressed="false">'
        '<svg viewBox="0 0 24 8" aria-hidden="true"><line x1="0" x2="24" y1="4" '
        f'y2="4"/></svg>{escape(method.title)}</button></li>'
        for i, method in enumerate(board.suite.methods)
    )
    return f'<ul class="key" aria-label="methods: press to single out">{items}</ul>'


def _pictures(board: Board, work: Path | None) -> str:
    found, lost = pictures(board, work)
    figures = "".join(
        f"<figure><figcaption>{escape(caption)}</figcaption>"
        f'<img alt="reconstructions of {escape(caption)}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}"></figure>'
        for caption, png in found
    )
    panels = f'<div class="panels">{figures}</div>' if figures else ""
    note = (
        f'<p class="note">{lost} pictures that the results name are not here: give '
        "the work directory that has them with --work-dir.</p>"
        if lost
        else ""
    )
    return _section("Reconstructions", panels, note)


def _details(board: Board) -> str:
    parts = []
    for task in board.suite.tasks:
        parts.append(f"<h3>{escape(task.title)}</h3>{_sheet(detail(board, task))}")
        if by_layer := layers(board, task):
            parts.append(f"<h3>{escape(by_layer.title)}</h3>{_sheet(by_layer)}")
    return _section("Every task, seed by seed", *parts)


def _published(board: Board) -> str:
    sheet = published(board)
    return _section(sheet.title, _sheet(sheet)) if sheet else ""


def _ends(board: Board) -> str:
    gone = words.missing(board)
    more = (
        f"<details><summary>Show the {len(board.missing)} missing runs</summary>"
        f"{_list(gone)}</details>"
        if gone
        else ""
    )
    return _section("Failed runs", _list(words.failures(board), "failed")) + _section(
        "Missing runs", more
    )
