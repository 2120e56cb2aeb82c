"""One figure for a method: how far above random init it is, over all tasks."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ..suite import Method, Task
from .formatting import mean_text, signed
from .leaderboard import CEILINGS, Leaderboard
from .main import METHOD, method_cell, method_names
from .statistics import Summary, summary
from .table import MISSING, Cell, Column, Table

HEAD = "index"


def index_tasks(board: Leaderboard) -> list[Task]:
    """Tasks whose spread over seeds was measured before: the index is of these."""
    return [task for task in board.suite.tasks if task.deviation is not None]


def index_by_seed(board: Leaderboard, method: str) -> dict[int, float]:
    """Mean over the tasks of (figure - random init's) / paired deviation, by seed.

    The deviations are constants of the tasks, fixed before anything here was measured.
    A seed counts where all the tasks have ended, of the method and of random init.
    """
    tasks = index_tasks(board)
    values = [_scaled(board, method, task) for task in tasks]
    seeds = [s for s in board.seeds if values and all(s in v for v in values)]
    return {seed: statistics.fmean(v[seed] for v in values) for seed in seeds}


def index_of(
    board: Leaderboard, method: str, beside: Sequence[str] = ()
) -> Summary | None:
    """Mean and spread over the seeds, which ``beside`` have as well."""
    found = index_by_seed(board, method)
    shared = set(found).intersection(*(index_by_seed(board, m) for m in beside))
    return summary([found[seed] for seed in sorted(shared)])


def _scaled(board: Leaderboard, method: str, task: Task) -> dict[int, float]:
    ours = board.values(method, task.name)
    floor = board.values(board.suite.floor, task.name)
    both = [seed for seed in ours if seed in floor]
    return {seed: (ours[seed] - floor[seed]) / task.deviation for seed in both}


def index_table(board: Leaderboard) -> Table | None:
    """The index of every method, and what each task adds to it."""
    tasks = index_tasks(board)
    if not tasks or board.suite.floor not in method_names(board):
        return None
    methods = [m for m in board.suite.methods if m.name != board.suite.floor]
    means = {m.name: index_of(board, m.name) for m in methods}
    if not any(means.values()):
        return None
    ranked = [m.name for m in methods if means[m.name] and m.kind not in CEILINGS]
    best = max(ranked, key=lambda name: means[name].mean, default=None)
    rows = []
    for method in methods:
        row = [method_cell(board, method), index_cell(board, method, best)]
        for task in tasks:
            values = list(_scaled(board, method.name, task).values())
            mean = statistics.fmean(values) if values else None
            row.append(Cell(MISSING if mean is None else signed(mean, 2), mean))
        rows.append(row)
    columns = [METHOD, Column(HEAD, "mean of the tasks")]
    columns += [Column(task.title, f"/ {task.deviation:g}") for task in tasks]
    note = (
        "(Figure - random init's, seed by seed) / the deviation that such a difference "
        "of two methods has from seed to seed, as it was measured before; the index is "
        "the mean over these tasks. A method without one of them has none. Bold: the "
        "best index of those that had no labels, each by the seeds that it has."
    )
    return Table("Index", columns, rows, [m.name for m in methods], note)


def index_cell(
    board: Leaderboard, method: Method, best: str | None, beside: Sequence[str] = ()
) -> Cell:
    """The index, or what stands in its place."""
    found = index_of(board, method.name, beside)
    if found is None:
        return Cell(MISSING)
    return Cell(mean_text(found, 2), found.mean, method.name == best)


def trials_table(board: Leaderboard) -> Table | None:
    """The search for settings: all trials of each method, and the one to be taken."""
    trials = [m for m in board.suite.methods if m.trial_of]
    if not trials:
        return None
    tasks, rows = board.suite.tasks, []
    for method in trials:
        family = [m.name for m in trials if m.trial_of == method.trial_of]
        ended = [name for name in family if index_of(board, name)]
        best = best_trial(board, ended)
        row = [Cell(method.trial_of), Cell(method.setting)]
        row.append(index_cell(board, method, best, ended))
        for task in tasks:
            found = board.summary(method.name, task.name)
            text = mean_text(found, 1) if found else MISSING
            row.append(Cell(text, found.mean if found else None))
        rows.append(row)
    columns = [METHOD, Column("setting", numeric=False), Column(HEAD)]
    columns += [Column(task.title, task.metric) for task in tasks]
    note = (
        "The same number of trials for every method. Bold: the best index of a "
        "method's trials, by the seeds that all of them have, which is what it goes "
        "on with."
    )
    return Table("Trials", columns, rows, [m.name for m in trials], note)


def best_trial(board: Leaderboard, names: Sequence[str]) -> str | None:
    """The trial with the best index, by the seeds that all of them have."""
    found = {name: index_of(board, name, names) for name in names}
    means = {name: index.mean for name, index in found.items() if index}
    return max(means, key=means.__getitem__) if means else None
