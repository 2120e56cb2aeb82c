"""The tables of one task: every seed, and every layer."""

from __future__ import annotations

from dataclasses import replace

from ..suite import Task
from .formatting import plain, seeds_text, signed
from .leaderboard import Leaderboard
from .main import METHOD, decimals_of, gap_text, mean_cell, method_cell, method_names
from .statistics import Difference
from .table import MISSING, Cell, Column, Table


def detail(board: Leaderboard, task: Task) -> Table:
    """All that is known about one task: each seed, both differences, its own cost."""
    columns = [
        METHOD,
        Column("mean", "each seed"),
        Column("n", "seeds"),
        Column("to the floor", "each seed"),
        Column("to the best rival", "each seed"),
        Column("best rival", numeric=False),
        Column("cost", "minutes", rising=True),
    ]
    decimals = decimals_of(board, task)
    rows = []
    for method in board.suite.methods:
        values = board.values(method.name, task.name)
        rival = board.against_rival(method.name, task.name)
        cost = board.mean_cost(method.name, "minutes", task.name)
        each = seeds_text(values.values(), decimals, plain)
        rows.append(
            [
                method_cell(board, method),
                replace(mean_cell(board, method, task), small=each),
                Cell(str(len(values)), len(values)),
                _gap(board, board.against_floor(method.name, task.name), decimals),
                _gap(board, rival and rival[1], decimals),
                Cell(board.title(rival[0]) if rival else MISSING),
                Cell(MISSING if cost is None else f"{cost:.1f}", cost),
            ]
        )
    seeds = ", ".join(map(str, board.seeds))
    note = f"{task.metric}. Small: each seed that has ended, in the order {seeds}."
    return Table(task.title, columns, rows, method_names(board), note)


def _gap(board: Leaderboard, found: Difference | None, decimals: int) -> Cell:
    if found is None:
        return Cell(MISSING)
    each = seeds_text(found.by_seed.values(), decimals, signed)
    return Cell(gap_text(board, found, decimals), found.mean, small=each)


def layers(board: Leaderboard, task: Task) -> Table | None:
    """The figure of each layer, where the task looks at several."""
    names: list[str] = []
    for run in board.done:
        if run.task == task.name and isinstance(run.figures.get("layers"), dict):
            names += [name for name in run.figures["layers"] if name not in names]
    if not names:
        return None
    decimals = decimals_of(board, task)
    rows = []
    for method in board.suite.methods:
        runs = board.of(method.name, task.name).values()
        row = [method_cell(board, method)]
        for name in names:
            found = [r.figures.get("layers", {}).get(name) for r in runs]
            found = [value for value in found if value is not None]
            mean = sum(found) / len(found) if found else None
            row.append(Cell(MISSING if mean is None else plain(mean, decimals), mean))
        rows.append(row)
    columns = [METHOD, *(Column(name) for name in names)]
    note = f"{task.metric}: mean over the seeds, layer by layer."
    return Table(f"{task.title}: by layer", columns, rows, method_names(board), note)
