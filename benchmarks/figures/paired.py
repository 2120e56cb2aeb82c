"""Tables of paired differences, as lines of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.tables.formatting import difference_text
from harness.tables.significance import t_interval
from harness.tables.statistics import Difference
from harness.tables.table import MISSING


def differences(
    of: Callable[[str, str, str], Difference | None],
    columns: Mapping[str, tuple[str, str]],
    rows: Mapping[str, str],
) -> list[str]:
    """A row a task, a column a pair of methods.

    Each cell has the mean of the differences seed by seed, their paired t interval at
    95 % for the one task alone, and with how many of the seeds the first is ahead. A
    pair that has not begun has no column.

    Args:
        of: Gives the difference of two methods at a task, such as a leaderboard's.
        columns: Head of each column, and the two methods of it.
        rows: Tasks and what they are called.
    """
    gaps = {
        head: found
        for head, pair in columns.items()
        if any(found := [of(*pair, task) for task in rows])
    }
    lines = heads(["", *gaps])
    for title, *found in zip(rows.values(), *gaps.values()):
        lines.append(line([title, *map(gap_text, found)]))
    return lines


def gap_text(found: Difference | None) -> str:
    """A mean difference, its t interval, and how many of the seeds are ahead.

    Example:
        >>> gap_text(Difference({0: 1.0, 1: 3.0}, 2.0, None))
        '+2.0 [−10.7, +14.7], 2 of 2'
    """
    if found is None:
        return MISSING
    values = list(found.by_seed.values())
    ahead = f"{sum(value > 0 for value in values)} of {len(values)}"
    found = replace(found, interval=t_interval(values))
    return f"{difference_text(found, 1)}, {ahead}"


def heads(cells: Sequence[str]) -> list[str]:
    """First two lines of a Markdown table."""
    return [line(cells), "|---" * len(cells) + "|"]


def line(cells: Sequence[object]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"
