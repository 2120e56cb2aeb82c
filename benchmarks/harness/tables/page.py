"""The page of a suite: one HTML file that asks for nothing outside itself."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

from ce_plugin.pages import templates

from . import words
from .board import Board
from .charts import curve_chart, quality_chart
from .claims import claims_sheet
from .costs import costs_sheet
from .drawing import look
from .index import index_sheet, trials_sheet
from .more_sheets import detail, layers, published
from .pictures import pictures
from .sheet import MISSING
from .sheets import overview


def page(board: Board, work: Path | None = None) -> str:
    """The whole page; every string of a result is escaped.

    Args:
        board: The suite and its results.
        work: Where the pictures lie that results name; None for none.
    """
    suite, curves = board.suite, board.curves()
    makers = (overview, claims_sheet, index_sheet, trials_sheet, costs_sheet)
    on_curve = [task for tasks in curves.values() for task in tasks]
    names = {task.name for task in on_curve}
    quality = [*(task for task in suite.tasks if task.name not in names), *on_curve]
    found, lost = pictures(board, work)
    details = []
    for task in suite.tasks:
        details.append((task.title, detail(board, task)))
        if by_layer := layers(board, task):
            details.append((by_layer.title, by_layer))
    values = dict(
        title=suite.title,
        board=board,
        words=words,
        missing=MISSING,
        look=look,
        # Without HTML of its own: what is written there is text.
        about=Markup(MarkdownIt("js-default").render(suite.about)),
        sheets=[sheet for make in makers if (sheet := make(board))],
        curves=[(name, curve_chart(board, name, t)) for name, t in curves.items()],
        quality=[(task.title, quality_chart(board, task)) for task in quality],
        unknown=[
            method.title
            for method in suite.methods
            if board.mean_cost(method.name, "minutes") is None
            and any(board.values(method.name, task.name) for task in suite.tasks)
        ],
        pictures=found,
        lost=lost,
        details=details,
        published=published(board),
        ends={
            "Failed runs": words.failures(board),
            "Missing runs": words.missing(board),
            "How to read this": words.notes(board),
            "Where the rows come from": words.provenance(board),
        },
    )
    return "".join(templates.page(Path(__file__).parent, **values))
