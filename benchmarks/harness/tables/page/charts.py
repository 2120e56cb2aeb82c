"""Charts as inline SVG: quality against minutes, and curves over labels."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ...suite import Task
from ..formatting import digits, mean_text, spent_text
from ..leaderboard import Leaderboard
from .drawing import Mark, Series, draw


def quality_chart(board: Leaderboard, task: Task) -> Markup:
    """The task's figure against the minutes of pretraining; floors stand at 0."""
    decimals = _digits(board, [task])
    series = []
    for number, method in enumerate(board.suite.methods):
        minutes = board.mean_cost(method.name, "minutes")
        mark = _mark(board, method.name, task, minutes, decimals)
        if mark:
            series.append(Series(method.name, method.title, number, [mark]))
    return draw(
        series,
        f"{task.title} against minutes of pretraining",
        "minutes of pretraining",
        _with_unit(task),
        board.suite.floor,
    )


def curve_chart(board: Leaderboard, name: str, tasks: Sequence[Task]) -> Markup:
    """The figures of one curve's tasks against x, on a logarithmic axis."""
    decimals = _digits(board, tasks)
    series = []
    for number, method in enumerate(board.suite.methods):
        found = [_mark(board, method.name, t, t.x, decimals) for t in tasks]
        marks = [mark for mark in found if mark]
        if marks:
            series.append(Series(method.name, method.title, number, marks))
    ticks = [task.x for task in tasks]
    return draw(
        series,
        name,
        "share of the labels, logarithmic",
        _with_unit(tasks[0]),
        board.suite.floor,
        ticks,
    )


def _with_unit(task: Task) -> str:
    """Every figure of a task is a share; some metrics say so themselves."""
    return task.metric if "%" in task.metric else f"{task.metric} in %"


def _digits(board: Leaderboard, tasks: Sequence[Task]) -> int:
    names = {task.name for task in tasks}
    return digits(run.value for run in board.done if run.task in names)


def _mark(board: Leaderboard, method: str, task: Task, x, decimals: int) -> Mark | None:
    found = board.summary(method, task.name)
    if found is None or x is None:
        return None
    place = f"at {x:g} of the labels" if task.x == x else f"after {spent_text(x)}"
    text = (
        f"{board.title(method)}: {mean_text(found, decimals)}, "
        f"n = {found.count}, {place}"
    )
    seeds = tuple(board.values(method, task.name).values())
    return Mark(x, found.mean, found.deviation or 0.0, seeds, text)
