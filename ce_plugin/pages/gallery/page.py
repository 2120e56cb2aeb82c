"""The page's HTML. Every name is escaped, and nothing but its own script may run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from ce_plugin.pages.run.style import CSS

from .rows import Cell, Row
from .tiles import Tile

_TINY = 96  # pixels; pictures below it are enlarged without smoothing
_UNITS = {"l1": "L1 {:.2f} %", "psnr": "PSNR {:.2f} dB"}


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


def head(
    title: str,
    summary: str,
    cells: int,
    means: Sequence[Means] = (),
    scored: int = 0,
    columns: Sequence[str] = (),
    keys: Sequence[str] = (),
) -> str:
    """Everything before the rows.

    Args:
        title: Of the page.
        summary: One line below it.
        cells: Pictures in a row.
        means: One for each column; may be empty.
        scored: Pictures that the means are over.
        columns: Names of those that can be sorted by score.
        keys: What can be seen in place of a picture: 'hole', 'original'.
    """
    style = f"{CSS}{_own('page.css')}:root {{ --columns: {cells}; }}\n"
    policy = (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; "
        f"script-src {_digest(_own('page.js'))}; base-uri 'none'; form-action 'none'"
    )
    title = escape(title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="icon" href="data:,">\n'
        f"<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f'<p class="note">{escape(summary)} {_how(keys)}</p>\n'
        f"{_table(means, scored)}{_sorting(columns)}"
        '<div id="rows">\n'
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
    figures = "".join(_figure(number, shown.name, cell, best) for cell in shown.cells)
    return (
        f'<section class="row card">\n<h3>{escape(shown.name)}</h3>\n'
        f'<div class="cells">{figures}</div>\n</section>\n'
    )


def tail(problems: Sequence[str], keys: Sequence[str] = ()) -> str:
    """Everything after the rows.

    Args:
        problems: What is listed as not shown or not scored.
        keys: See :func:`head`.
    """
    listed = ""
    if problems:
        items = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
        listed = (
            f"<section>\n<h2>Not shown, or not scored: {len(problems)}</h2>\n"
            f'<ul class="paths">{items}</ul>\n</section>\n'
        )
    buttons = "".join(
        f'<button type="button" id="{kind}" aria-pressed="false"'
        f"{'' if kind in keys else ' hidden'}>{kind}</button>"
        for kind in ("hole", "original")
    )
    return (
        f"</div>\n{listed}</main>\n"
        '<dialog id="large" aria-label="Large view">\n'
        '<header><p id="told" role="status" aria-live="polite"></p>'
        f"{_button('close', 'close', '&#10005;')}</header>\n"
        '<img id="shown" alt="" draggable="false">\n<footer>'
        f"{_button('left', 'previous picture', '&larr;')}{buttons}"
        f"{_button('right', 'next picture', '&rarr;')}"
        f"{_button('up', 'same in the row above', '&uarr;')}"
        f"{_button('down', 'same in the row below', '&darr;')}</footer>\n</dialog>\n"
        f"<script>{_own('page.js')}</script>\n</body>\n</html>\n"
    )


def _button(name: str, label: str, sign: str) -> str:
    return f'<button type="button" id="{name}" aria-label="{label}">{sign}</button>'


def _own(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _how(keys: Sequence[str]) -> str:
    pink = "The hole is pink. " if "hole" in keys else ""
    peeks = " and ".join(f"the {key} (<kbd>{key[0].upper()}</kbd>)" for key in keys)
    held = f"; there, hold a key to see {peeks}, or press the picture" if keys else ""
    return (
        f'{pink}Click a picture to see it large<span class="keys">{held}; arrow keys '
        "move on, <kbd>Esc</kbd> closes</span>."
    )


def _table(means: Sequence[Means], scored: int) -> str:
    if not means:
        return ""
    best = dict(l1=min(m.l1 for m in means), psnr=max(m.psnr for m in means))
    several = len(means) > 1
    body = "".join(
        f"<tr><th>{escape(m.name)}</th>"
        + "".join(
            f"<td{_best(several and getattr(m, figure) == best[figure])}>"
            f"{getattr(m, figure):.2f}</td>"
            for figure in best
        )
        + "</tr>"
        for m in means
    )
    same = "the same " if several and scored > 1 else ""
    pictures = f"{same}{scored} picture{'' if scored == 1 else 's'}"
    return (
        '<div class="card means"><table class="figures"><thead><tr><th></th>'
        f"<th>L1 %</th><th>PSNR dB</th></tr></thead><tbody>{body}</tbody></table>\n"
        f'<p class="note">Means over {pictures}, in the hole, against the original. '
        "L1, of the range of values: lower is better. PSNR: higher is better.</p>\n"
        "</div>\n"
    )


def _best(best: bool) -> str:
    return ' class="best"' if best else ""


def _sorting(columns: Sequence[str]) -> str:
    scores = "".join(
        f'<optgroup label="{escape(name)}">'
        f'<option value="psnr {i}">PSNR, {escape(name)}</option>'
        f'<option value="l1 {i}">L1, {escape(name)}</option></optgroup>'
        for i, name in enumerate(columns)
    )
    return (
        '<div id="sorting" hidden><label for="sort">Sort by</label>\n'
        f'<select id="sort"><option value="name">name</option>{scores}</select>\n'
        '<button type="button" id="reverse" aria-pressed="false">reverse</button>'
        "</div>\n"
    )


def _figure(number: int, name: str, cell: Cell, best: dict[str, float]) -> str:
    classes, data = [cell.kind], ""
    if cell.tile and max(cell.tile.width, cell.tile.height) <= _TINY:
        classes.append("tiny")
    if cell.kind == "hole" and cell.tile:
        data += f' id="r{number}h{cell.hole}"'
    elif cell.hole is not None:
        data += f' data-hole="r{number}h{cell.hole}"'
    if cell.column is not None:
        data += f' data-column="{cell.column}"'
    scores = cell.scores or {}
    data += "".join(f' data-{figure}="{scores[figure]:.6f}"' for figure in scores)
    told = "".join(
        f"<span{_best(scores[figure] == best.get(figure))}>"
        f"{_UNITS[figure].format(scores[figure])}</span>"
        for figure in scores
    )
    told = f'<span class="score">{told}</span>' if told else ""
    if cell.tile:
        shown = _image(cell.tile, ", ".join(filter(None, (name, cell.label))))
        note = f" ({escape(cell.note)})" if cell.note else ""
    else:
        shown, note = f'<div class="gap">{escape(cell.note)}</div>', ""
    caption = f"<b>{escape(cell.label)}</b>{note}{told}" if cell.label else ""
    caption = caption and f"<figcaption>{caption}</figcaption>"
    return f'<figure class="{" ".join(classes)}"{data}>{shown}{caption}</figure>\n'


def _image(tile: Tile, alt: str) -> str:
    return (
        '<button type="button" aria-haspopup="dialog">'
        f'<img alt="{escape(alt)}" width="{tile.width}" height="{tile.height}" '
        f'decoding="async" src="{tile.source}"></button>'
    )
