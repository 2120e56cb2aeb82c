"""The tables that a suite has in Markdown and LaTeX, in their order."""

from __future__ import annotations

from .claims import claims_table
from .costs import costs_table
from .index import index_table, trials_table
from .leaderboard import Leaderboard
from .main import against_floor, against_rival, overview
from .published import published
from .table import Table


def tables_of(board: Leaderboard) -> list[Table]:
    """The suite's own tables, or figures, differences, costs and published figures."""
    if board.suite.tables:
        return board.suite.tables(board)
    found = [overview(board), claims_table(board), index_table(board)]
    found += [trials_table(board), against_floor(board), against_rival(board)]
    found += [costs_table(board), published(board)]
    return [table for table in found if table]
