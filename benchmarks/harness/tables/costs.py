"""What each row costs: its pretraining, what comes before the first step, its tasks."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from ..results.read import process_minutes
from ..suite import PRETRAINING
from .leaderboard import Leaderboard
from .main import METHOD, method_cell, method_names
from .table import MISSING, Cell, Column, Table


def costs_table(board: Leaderboard) -> Table | None:
    """Processor minutes of a seed; None where the results of before do not tell."""
    if not any("setup_minutes" in run.figures for run in board.done):
        return None
    columns = [
        METHOD,
        Column("pretraining", "minutes", rising=True),
        Column("before the first step", "minutes of it", rising=True),
        Column("process", "minutes", rising=True),
        Column("all tasks", "minutes", rising=True),
        Column("steps"),
    ]
    rows = []
    for method in board.suite.methods:
        runs = board.of(method.name, PRETRAINING).values()
        spent = [board.mean_cost(method.name, "minutes")]
        spent.append(_mean(run.figures.get("setup_minutes") for run in runs))
        spent.append(_mean(process_minutes(run.figures, run.minutes) for run in runs))
        spent.append(_tasks(board, method.name))
        steps = _mean(run.figures.get("iterations") for run in runs)
        row = [method_cell(board, method), *(_cell(value, 2) for value in spent)]
        rows.append([*row, _cell(steps, 0)])
    note = (
        "Means over the seeds, in minutes of the processor. Before the first step come "
        "initial weights and what a target is fitted to, such as a codebook; it is in "
        "the budget. A process has its start, held-out pictures and export beside it; "
        "its mean is over the seeds that ran in one start. "
        "Tasks: one seed of all that have ended for the row."
    )
    return Table("Costs", columns, rows, method_names(board), note)


def _tasks(board: Leaderboard, method: str) -> float | None:
    names = [task.name for task in board.suite.tasks]
    found = [board.mean_cost(method, "minutes", name) for name in names]
    known = [value for value in found if value is not None]
    return sum(known) if known else None


def _mean(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return statistics.fmean(found) if found else None


def _cell(value: float | None, decimals: int) -> Cell:
    return Cell(MISSING if value is None else f"{value:.{decimals}f}", value)
