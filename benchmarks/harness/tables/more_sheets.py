"""Tables beside the main ones: one task in full, its layers, what others published."""

from __future__ import annotations

from dataclasses import replace

from ..published import PUBLISHED
from ..suite import Task
from .board import Board
from .claims import claims_sheet
from .costs import costs_sheet
from .index import index_sheet, trials_sheet
from .sheet import (
    MISSING,
    Cell,
    Column,
    Sheet,
    difference_text,
    plain,
    seeds_text,
    signed,
)
from .sheets import (
    METHOD,
    against_floor,
    against_rival,
    decimals_of,
    mean_cell,
    method_cell,
    method_names,
    overview,
)
from .statistics import Difference


def sheets(board: Board) -> list[Sheet]:
    """What Markdown and LaTeX show: figures, differences, and what others published."""
    found = [overview(board), claims_sheet(board), index_sheet(board)]
    found += [trials_sheet(board), against_floor(board), against_rival(board)]
    found += [costs_sheet(board), published(board)]
    return [sheet for sheet in found if sheet]


def detail(board: Board, task: Task) -> Sheet:
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
                _gap(board.against_floor(method.name, task.name), decimals),
                _gap(rival and rival[1], decimals),
                Cell(board.title(rival[0]) if rival else MISSING),
                Cell(MISSING if cost is None else f"{cost:.1f}", cost),
            ]
        )
    seeds = ", ".join(map(str, board.seeds))
    note = f"{task.metric}. Small: each seed that has ended, in the order {seeds}."
    return Sheet(task.title, columns, rows, method_names(board), note)


def _gap(found: Difference | None, decimals: int) -> Cell:
    if found is None:
        return Cell(MISSING)
    each = seeds_text(found.by_seed.values(), decimals, signed)
    return Cell(difference_text(found, decimals), found.mean, small=each)


def layers(board: Board, task: Task) -> Sheet | None:
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
    return Sheet(f"{task.title}: by layer", columns, rows, method_names(board), note)


def published(board: Board) -> Sheet | None:
    """What others have published, each with network, protocol and source."""
    found = PUBLISHED.get(board.suite.name)
    if not found:
        return None
    figures = list(dict.fromkeys(name for row in found for name in row.figures))
    columns = [METHOD, Column("network", numeric=False)]
    columns += [Column(name) for name in figures]
    columns += [Column("protocol", numeric=False), Column("source", numeric=False)]
    rows = []
    for row in found:
        cells = [row.figures.get(name) for name in figures]
        rows.append(
            [
                Cell(row.method),
                Cell(row.network),
                *(Cell(c.text, c.value) if c else Cell(MISSING) for c in cells),
                Cell(row.protocol),
                Cell(row.source),
            ]
        )
    note = "Measured by others, in other ways; in no mean and no ranking of this page."
    return Sheet("Published figures", columns, rows, note=note)
