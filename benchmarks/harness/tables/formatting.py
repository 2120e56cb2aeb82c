"""How figures are written: decimals, signs, intervals, counts and times."""

from __future__ import annotations

from collections.abc import Iterable

from .statistics import Difference, Summary

MINUS = "\u2212"


def digits(values: Iterable[float]) -> int:
    """Number of decimals for figures of this size.

    Example:
        >>> digits([41.2, 9.0]), digits([0.412]), digits([])
        (1, 3, 1)
    """
    largest = max(map(abs, values), default=100.0)
    return 1 if largest >= 10 else 2 if largest >= 1 else 3


def plain(value: float, decimals: int) -> str:
    """A number with a typographic minus, and none before zero.

    Example:
        >>> plain(-0.04, 1)
        '0.0'
    """
    text = f"{value:.{decimals}f}"
    return (
        f"{abs(value):.{decimals}f}" if float(text) == 0 else text.replace("-", MINUS)
    )


def signed(value: float, decimals: int) -> str:
    """A difference with its sign.

    Example:
        >>> signed(3.14, 1)
        '+3.1'
    """
    text = plain(value, decimals)
    return text if text.startswith(MINUS) or float(text) == 0 else f"+{text}"


def mean_text(found: Summary, decimals: int) -> str:
    """A mean and its standard deviation.

    Example:
        >>> mean_text(Summary(41.23, 0.5, 3), 1)
        '41.2 ± 0.5'
    """
    text = plain(found.mean, decimals)
    if found.deviation is None:
        return text
    return f"{text} ± {found.deviation:.{decimals}f}"


def difference_text(found: Difference, decimals: int) -> str:
    """A mean difference and its interval.

    Example:
        >>> difference_text(Difference({0: 1.0, 1: 3.0}, 2.0, (1.0, 3.0)), 1)
        '+2.0 [+1.0, +3.0]'
    """
    text = signed(found.mean, decimals)
    if found.interval is None:
        return text
    return f"{text} [{', '.join(signed(end, decimals) for end in found.interval)}]"


def seeds_text(values: Iterable[float], decimals: int, write=signed) -> str:
    """The figures of the seeds, one after the other."""
    return ", ".join(write(value, decimals) for value in values)


def count_text(value: float) -> str:
    """A large number in short.

    Example:
        >>> count_text(2_800_000), count_text(340), count_text(23_520)
        ('2.80 M', '340', '23.5 k')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            digits = ".3g" if value >= 10 * size else ".2f"
            return f"{value / size:{digits}} {letter}"
    return f"{value:.0f}"


def spent_text(minutes: float) -> str:
    """Minutes in the unit that suits them.

    Example:
        >>> spent_text(0.4), spent_text(42.0), spent_text(200.0)
        ('24 s', '42 min', '3.3 h')
    """
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
