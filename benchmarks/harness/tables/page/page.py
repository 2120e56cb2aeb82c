"""The page of a suite: one HTML file that asks for nothing outside itself."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

from ce_plugin.pages import templates

from .. import notes
from ..claims import claims_table
from ..contents import tables_of
from ..costs import costs_table
from ..index import index_table, trials_table
from ..leaderboard import Leaderboard
from ..main import overview
from ..per_task import detail, layers
from ..published import published
from ..table import MISSING
from .charts import curve_chart, quality_chart
from .drawing import look
from .pictures import pictures


def page(board: Leaderboard, work: Path | None = None) -> str:
    """The whole page; every string of a result is escaped.

    Args:
        board: The suite and its results.
        work: Where the pictures lie that results name; None for none.
    """
    suite, curves = board.suite, board.curves()
    makers = (overview, claims_table, index_table, trials_table, costs_table)
    tables = [table for make in makers if (table := make(board))]
    if suite.tables:
        tables = tables_of(board)
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
        notes=notes,
        missing=MISSING,
        look=look,
        # Without HTML of its own: what is written there is text.
        about=Markup(MarkdownIt("js-default").render(suite.about)),
        tables=tables,
        usual=not suite.tables,
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
            "Failed runs": notes.failures(board),
            "Missing runs": notes.missing(board),
            "How to read this": notes.how_to_read(board),
            "Where the rows come from": notes.provenance(board),
        },
    )
    return "".join(templates.page(Path(__file__).parent, **values))
