"""A table before anyone has decided how it is drawn, and how figures are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .statistics import Difference, Summary

MINUS, DASH = "\u2212", "\u2013"
MISSING = DASH


@dataclass(frozen=True)
class Column:
    """Of a table.

    Attributes:
        head: What stands above it.
        unit: A smaller line below that.
        numeric: Whether it is sorted as numbers and stands to the right.
        rising: Whether the first click sorts it upwards: where less is better.
    """

    head: str
    unit: str = ""
    numeric: bool = True
    rising: bool = False


@dataclass(frozen=True)
class Cell:
    """Of a table.

    Attributes:
        text: As it is read.
        value: That it is sorted by; None for what is missing, which sorts last.
        best: The best of its column.
        tag: A word that says what kind of row this is.
        small: A smaller line below the text; only the page has it.
    """

    text: str
    value: float | None = None
    best: bool = False
    tag: str = ""
    small: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes:
        title: Above it.
        columns: From the left; the first names the rows.
        rows: Their cells.
        methods: For each row the name of its method, or none at all.
        note: Below it.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    methods: Sequence[str] = ()
    note: str = ""


def digits(values: Iterable[float]) -> int:
    """Decimals that figures of this size are given with.

    Example:
        >>> digits([41.2, 9.0]), digits([0.412]), digits([])
        (1, 3, 1)
    """
    largest = max(map(abs, values), default=100.0)
    return 1 if largest >= 10 else 2 if largest >= 1 else 3


def plain(value: float, decimals: int) -> str:
    """With a true minus, and no minus before zero.

    Example:
        >>> plain(-0.04, 1)
        '0.0'
    """
    text = f"{value:.{decimals}f}"
    return (
        f"{abs(value):.{decimals}f}" if float(text) == 0 else text.replace("-", MINUS)
    )


def signed(value: float, decimals: int) -> str:
    """With its sign, as a difference.

    Example:
        >>> signed(3.14, 1)
        '+3.1'
    """
    text = plain(value, decimals)
    return text if text.startswith(MINUS) or float(text) == 0 else f"+{text}"


def mean_text(found: Summary, decimals: int) -> str:
    """Mean and deviation.

    Example:
        >>> mean_text(Summary(41.23, 0.5, 3), 1)
        '41.2 ± 0.5'
    """
    text = plain(found.mean, decimals)
    if found.deviation is None:
        return text
    return f"{text} ± {found.deviation:.{decimals}f}"


def difference_text(found: Difference, decimals: int) -> str:
    """Mean and interval.

    Example:
        >>> difference_text(Difference({0: 1.0, 1: 3.0}, 2.0, (1.0, 3.0)), 1)
        '+2.0 [+1.0, +3.0]'
    """
    text = signed(found.mean, decimals)
    if found.interval is None:
        return text
    return f"{text} [{', '.join(signed(end, decimals) for end in found.interval)}]"


def seeds_text(values: Iterable[float], decimals: int, write=signed) -> str:
    """One figure for each seed."""
    return ", ".join(write(value, decimals) for value in values)


def count_text(value: float) -> str:
    """A large number, short.

    Example:
        >>> count_text(2_800_000), count_text(340), count_text(23_520)
        ('2.80 M', '340', '23.5 k')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return (
                f"{value / size:.3g} {letter}"
                if value >= 10 * size
                else (f"{value / size:.2f} {letter}")
            )
    return f"{value:.0f}"


def spent_text(minutes: float) -> str:
    """A time, as one would say it.

    Example:
        >>> spent_text(0.4), spent_text(42.0), spent_text(200.0)
        ('24 s', '42 min', '3.3 h')
    """
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
