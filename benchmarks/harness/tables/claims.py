"""The comparisons that were named beforehand, tested together."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace

from .formatting import plain
from .leaderboard import Leaderboard
from .main import decimals_of, gap_text
from .significance import LEVEL, holm, p_value, seen_gap, t_interval
from .statistics import Difference
from .table import MISSING, Cell, Column, Table

ABOVE, BELOW, LEVELLED = "above", "below", "level"


@dataclass(frozen=True)
class Claim:
    """One method against another at one task.

    Attributes:
        ours: Name of the method.
        theirs: Name of the other method.
        task: Name of the task.
        difference: Ours less theirs; its interval is for all claims together.
        p: Result of the test, before correction.
        test: Name of the test.
        adjusted: p, corrected for the number of all claims (Holm).
        seen: Least true difference that so many seeds see with a chance of 80 %, with
            the spread that they have; None where they have none.
    """

    ours: str
    theirs: str
    task: str
    difference: Difference
    p: float
    test: str
    adjusted: float
    seen: float | None

    @property
    def apart(self) -> bool:
        """Whether the interval for all claims leaves 0 out, which asks for more."""
        low, high = self.difference.interval or (0.0, 0.0)
        return low > 0 or high < 0

    @property
    def verdict(self) -> str:
        """'above' or 'below' where the adjusted p is below 5 %, or else 'level'."""
        if self.adjusted >= LEVEL:
            return LEVELLED
        return ABOVE if self.difference.mean > 0 else BELOW


def claims(board: Leaderboard) -> list[Claim]:
    """Every pair at every claimed task, as far as two seeds of both have ended.

    The correction is for all that the suite names, ended or not: what is still missing
    does not make what is there more certain.
    """
    every = named(board)
    tests, found = len(every), []
    for ours, theirs, task in every:
        gap = board.difference(ours, theirs, task)
        if gap is None or len(gap.by_seed) < 2:
            continue
        values = list(gap.by_seed.values())
        p, test = p_value(values, tests)
        spread = statistics.stdev(values)
        seen = seen_gap(spread, len(values), tests) if spread > 0 else None
        gap = Difference(gap.by_seed, gap.mean, t_interval(values, tests))
        found.append(Claim(ours, theirs, task, gap, p, test, p, seen))
    # What is missing counts as a test that shows nothing.
    ps = [claim.p for claim in found] + [1.0] * (tests - len(found))
    return [
        replace(claim, adjusted=adjusted)
        for claim, adjusted in zip(found, holm(ps), strict=False)
    ]


def named(board: Leaderboard) -> list[tuple[str, str, str]]:
    """Ours, theirs and the task of every comparison that there can be."""
    return [
        (ours, theirs, task)
        for ours, theirs in board.suite.claims
        for task in board.suite.claimed
        if all(task in board.tasks_of(board.method(m)) for m in (ours, theirs))
    ]


def claims_table(board: Leaderboard) -> Table | None:
    """A row a pair, a column a task."""
    suite = board.suite
    if not suite.claims:
        return None
    possible = set(named(board))
    made = {(c.ours, c.theirs, c.task): c for c in claims(board)}
    tasks = [task for task in suite.tasks if task.name in suite.claimed]
    rows = []
    for ours, theirs in suite.claims:
        row = [Cell(f"{board.title(ours)} less {board.title(theirs)}")]
        for task in tasks:
            found = made.get((ours, theirs, task.name))
            decimals = decimals_of(board, task)
            absent = MISSING if (ours, theirs, task.name) in possible else "no network"
            row.append(_cell(board, found, decimals) if found else Cell(absent))
        rows.append(row)
    columns = [Column("comparison", numeric=False)]
    columns += [Column(task.title, task.metric) for task in tasks]
    return Table("Claims", columns, rows, note=_note(board, list(made.values())))


def _cell(board: Leaderboard, found: Claim, decimals: int) -> Cell:
    gap = found.difference
    text = f"{gap_text(board, gap, decimals)} {found.verdict}"
    text += f" (p {p_text(found.adjusted)})"
    seen = "" if found.seen is None else f"; sees {plain(found.seen, decimals)}"
    small = f"{found.test}: p {p_text(found.p)} before correction{seen}"
    return Cell(text, gap.mean, found.verdict == ABOVE, small=small)


def p_text(p: float) -> str:
    """Two figures, and no zero that a p never is.

    Example:
        >>> p_text(0.0123), p_text(0.0), p_text(1.0)
        ('= 0.012', '< 0.0001', '= 1')
    """
    if p < 1e-4:
        return "< 0.0001"
    digits = 1 - math.floor(math.log10(p))
    return f"= {p:.{digits}f}" if p < 1 else "= 1"


def _note(board: Leaderboard, made: list[Claim]) -> str:
    names = sorted({claim.test for claim in made})
    how = f" (test: {' and '.join(names)})" if names else ""
    seen = [claim.seen for claim in made if claim.seen is not None]
    least = (
        f" With the spread and the seeds there are, a true difference of "
        f"{min(seen):.1f} to {max(seen):.1f} would be seen with a chance of 80 %."
        if seen
        else ""
    )
    return (
        f"Named before anything was measured: {len(named(board))} comparisons{how}. "
        "Mean of the differences seed by seed; their interval is the paired t interval "
        "at 95 % for all comparisons together (Bonferroni). p: corrected for all of "
        f"them (Holm); above or below where it is under 5 %, else level.{least}"
    )
