"""The main tables of a suite: figures, costs and differences."""

from __future__ import annotations

from ..suite import PRETRAINING, Method, Task
from .formatting import count_text, difference_text, digits, mean_text
from .leaderboard import CEILINGS, FEW, Leaderboard
from .statistics import Difference
from .table import MISSING, Cell, Column, Table

_COSTS = (
    ("minutes", Column("pretraining", "minutes", rising=True), lambda v: f"{v:.1f}"),
    ("images_per_second", Column("speed", "images/s"), lambda v: f"{v:.0f}"),
    ("peak_memory_mb", Column("memory", "peak, MB", rising=True), lambda v: f"{v:.0f}"),
    (
        "device_memory_mb",
        Column("GPU memory", "peak, MB", rising=True),
        lambda v: f"{v:.0f}",
    ),
    ("parameters", Column("encoder", "parameters", rising=True), count_text),
)
METHOD = Column("method", numeric=False)
"""The first column of every table."""


def overview(board: Leaderboard) -> Table:
    """Mean and spread of every method at every task, and what pretraining cost."""
    costs = [cost for cost in _COSTS if _known(board, cost[0])]
    columns = [METHOD]
    columns += [Column(task.title, task.metric) for task in board.suite.tasks]
    columns += [column for _, column, _ in costs]
    rows = []
    for method in board.suite.methods:
        row = [method_cell(board, method)]
        row += [mean_cell(board, method, task) for task in board.suite.tasks]
        for name, _, write in costs:
            value = board.mean_cost(method.name, name)
            row.append(Cell(MISSING if value is None else write(value), value))
        rows.append(row)
    count = len(board.seeds)
    note = (
        f"Mean ± sample standard deviation over {count} seeds; n where fewer of them "
        "have ended. Bold: the best mean of those that had no labels"
        f"{_how_ranked(board)}. "
        "Costs: mean over the seeds, of the pretraining alone."
        if count > 1
        else "One seed: no spread can be given. Bold: the best of those that had no "
        "labels. Costs are those of the pretraining alone."
    )
    return Table("Results", columns, rows, method_names(board), note)


def _how_ranked(board: Leaderboard) -> str:
    if set(board.compared) <= {len(board.seeds)}:
        return ""
    least = min(FEW, max(board.compared))
    return f" and have {least} seeds or more, by the seeds that all of these share"


def _known(board: Leaderboard, name: str) -> bool:
    if name in ("device_memory_mb", "parameters"):
        return any(getattr(r, name) for r in board.done if r.task == PRETRAINING)
    return True


def method_names(board: Leaderboard) -> list[str]:
    """Names of the methods of all rows."""
    return [method.name for method in board.suite.methods]


def method_cell(board: Leaderboard, method: Method) -> Cell:
    """Its title, and whether it is the floor or a ceiling."""
    if method.name == board.suite.floor:
        return Cell(method.title, tag="floor")
    return Cell(method.title, tag="ceiling" if method.kind in CEILINGS else "")


def decimals_of(board: Leaderboard, task: Task) -> int:
    """How many the task's figures are given with."""
    return digits(r.value for r in board.done if r.task == task.name)


def gap_text(board: Leaderboard, gap: Difference, decimals: int) -> str:
    """A difference, its interval, and n where not all seeds are in it."""
    text = difference_text(gap, decimals)
    count = len(gap.by_seed)
    return text if count == len(board.seeds) else f"{text} (n = {count})"


def mean_cell(board: Leaderboard, method: Method, task: Task) -> Cell:
    """Mean and spread, or what stands in their place."""
    if reason := task.reason_against(method):
        return Cell(reason)
    found = board.summary(method.name, task.name)
    failures = board.failures(method.name, task.name)
    if found is None:
        return Cell(f"failed ({failures})" if failures else MISSING)
    text = mean_text(found, decimals_of(board, task))
    notes = [f"n = {found.count}"] if found.count < len(board.seeds) else []
    notes += [f"{failures} failed"] if failures else []
    text += f" ({', '.join(notes)})" if notes else ""
    return Cell(text, found.mean, board.best(task.name) == method.name)


def against_floor(board: Leaderboard) -> Table | None:
    """Every method less the floor, seed by seed."""
    if board.suite.floor not in method_names(board):
        return None
    methods = [m for m in board.suite.methods if m.name != board.suite.floor]
    rows = []
    for method in methods:
        row = [method_cell(board, method)]
        for task in board.suite.tasks:
            found = board.against_floor(method.name, task.name)
            row.append(
                Cell(gap_text(board, found, decimals_of(board, task)), found.mean)
                if found
                else Cell(MISSING)
            )
        rows.append(row)
    floor = board.title(board.suite.floor)
    columns = [METHOD, *(Column(t.title, t.metric) for t in board.suite.tasks)]
    note = "Mean of the differences seed by seed, and their 95 % bootstrap interval."
    return Table(
        f"Difference to {floor}", columns, rows, [m.name for m in methods], note
    )


def against_rival(board: Leaderboard) -> Table | None:
    """Every method less the best other one of the same task, seed by seed."""
    rows = []
    for method in board.suite.methods:
        row = [method_cell(board, method)]
        for task in board.suite.tasks:
            found = board.against_rival(method.name, task.name)
            if not found or not found[1]:
                row.append(Cell(MISSING))
                continue
            rival, gap = found
            text = gap_text(board, gap, decimals_of(board, task))
            row.append(Cell(f"{text} vs {board.title(rival)}", gap.mean))
        rows.append(row)
    if all(cell.value is None for row in rows for cell in row[1:]):
        return None
    columns = [METHOD, *(Column(t.title, t.metric) for t in board.suite.tasks)]
    floor = board.suite.floor
    note = (
        "Against the other method with the best mean at that task, seed by seed; "
        + (f"{board.title(floor)}, which " if floor in method_names(board) else "what ")
        + "has its own table, and what had labels or other pictures are nobody's rival."
    )
    return Table(
        "Difference to the best rival", columns, rows, method_names(board), note
    )
