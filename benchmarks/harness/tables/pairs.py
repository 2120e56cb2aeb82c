"""The table of the suite ``transfer``: one method beside the floor, seed by seed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .leaderboard import Leaderboard
from .table import Table, text_table

LAYERS = {
    "last layer": lambda run: list(run.figures["layers"].values())[-1],
    "layer chosen on training pictures": lambda run: run.value,
    "best layer on test pictures": lambda run: max(run.figures["layers"].values()),
}


def pairs(board: Leaderboard) -> list[Table]:
    """One row for each figure: floor, method, difference seed by seed, minutes."""
    (ours,) = [m.name for m in board.suite.methods if m.name != board.suite.floor]
    rows = []
    for task in board.suite.tasks:
        both = [board.of(name, task.name) for name in (board.suite.floor, ours)]
        if not all(both):
            continue
        seeds = sorted(set(both[0]) & set(both[1]))
        if not seeds:
            continue
        runs = [run for found in both for run in found.values()]
        minutes = statistics.mean(run.minutes for run in runs)
        read = {"": lambda run: run.value}
        if "layers" in runs[0].figures:
            read = {f", {what}": figure for what, figure in LAYERS.items()}
        for what, figure in read.items():
            floor, mine = ([figure(found[seed]) for seed in seeds] for found in both)
            gains = [b - a for a, b in zip(floor, mine)]
            each = ", ".join(f"{gain:+.1f}" for gain in gains)
            cells = [_spread(floor), _spread(mine), f"{_spread(gains)} ({each})"]
            rows.append([f"{task.title}{what}", *cells, f"{minutes:.1f}"])
    spent = board.mean_cost(ours, "minutes")
    note = f"Pretraining: {spent:.1f} minutes a seed." if spent else ""
    floor, mine = "random", board.title(ours)
    heads = ["task", floor, mine, "difference (by seed)", "minutes"]
    return [text_table("Results", heads, rows, note)]


def _spread(values: Sequence[float]) -> str:
    """Mean and standard deviation over the seeds."""
    if len(values) < 2:
        return f"{values[0]:.1f}"
    return f"{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f}"
