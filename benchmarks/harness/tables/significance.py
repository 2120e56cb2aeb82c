"""Tests of paired differences, corrected for how many of them there are, and power."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence

import numpy as np
from scipy import stats

LEVEL = 0.05
POWER = 0.8
_MOST = 16  # 2^16 sign patterns are taken at once


def sign_flip_p(values: Sequence[float]) -> float:
    """Two-sided p of a mean as far from 0, were every difference's sign a coin's.

    All 2^n patterns of signs are taken, so that the figure is exact; n equal signs give
    2 / 2^n, the least there is.

    Args:
        values: Paired differences, up to 16.

    Example:
        >>> sign_flip_p([1.0, 2.0, 3.0])
        0.25
    """
    if not 0 < len(values) <= _MOST:
        raise ValueError(f"1 to {_MOST} differences, not {len(values)}")
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(values))))
    sums = np.abs(signs @ np.asarray(values, dtype=np.float64))
    # A sum that is equal but for its rounding is as far from 0.
    return float(np.mean(sums >= sums[0] * (1 - 1e-12)))


def paired_t_p(values: Sequence[float]) -> float:
    """Two-sided p of Student's paired test; 1 for fewer than two differences.

    Example:
        >>> round(paired_t_p([1.0, 2.0, 3.0]), 4)
        0.0742
    """
    if len(values) < 2:
        return 1.0
    error = statistics.stdev(values) / math.sqrt(len(values))
    mean = statistics.fmean(values)
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stats.t.sf(abs(mean) / error, len(values) - 1))


def p_value(values: Sequence[float], tests: int) -> tuple[float, str]:
    """The p of a mean difference, and the test that gives it.

    The sign-flip test assumes nothing of how seeds vary, but knows no p below 2 / 2^n.
    It is taken where that, times the number of tests, is below 5 %, so that the
    correction can be met at all; the paired t test is taken elsewhere. Which it is
    depends on the numbers of seeds and tests alone, never on the figures.

    Args:
        values: Paired differences.
        tests: How many there are in the table.
    """
    count = len(values)
    if 2 <= count <= _MOST and 2.0 ** (1 - count) * tests < LEVEL:
        return sign_flip_p(values), "sign flips"
    return paired_t_p(values), "paired t"


def t_interval(values: Sequence[float], tests: int = 1) -> tuple[float, float] | None:
    """Interval of the mean, 95 % for all ``tests`` together (Bonferroni).

    None for fewer than two values.

    Example:
        >>> [round(end, 2) for end in t_interval([1.0, 2.0, 3.0])]
        [-0.48, 4.48]
    """
    if len(values) < 2:
        return None
    mean = statistics.fmean(values)
    error = statistics.stdev(values) / math.sqrt(len(values))
    reach = error * float(stats.t.isf(LEVEL / 2 / tests, len(values) - 1))
    return mean - reach, mean + reach


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's adjusted p: below 5 % where the family of all tests allows to say so.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted, least = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, ps[i] * (len(ps) - rank)))
        adjusted[i] = least
    return adjusted


def power(gap: float, deviation: float, count: int, tests: int = 1) -> float:
    """Chance that a paired t test sees a true gap.

    Args:
        gap: True difference.
        deviation: Standard deviation of the difference over seeds.
        count: Seeds.
        tests: How many the level of 5 % is shared among.

    Example:
        >>> round(power(1.0, 1.0, 10), 2)
        0.8
    """
    if count < 2:
        return 0.0
    free = count - 1
    bound = float(stats.t.isf(LEVEL / 2 / tests, free))
    shift = abs(gap) / deviation * math.sqrt(count)
    right = float(stats.nct.sf(bound, free, shift))
    # So far out on the other side scipy has no number for some; there is next to none.
    wrong = float(stats.nct.cdf(-bound, free, shift))
    return right + (0.0 if math.isnan(wrong) else wrong)


def seeds_needed(gap: float, deviation: float, tests: int = 1) -> int:
    """Least number of seeds that see a true gap with a chance of 80 %.

    Example:
        >>> seeds_needed(1.0, 1.0)
        10
    """
    count = 2
    while power(gap, deviation, count, tests) < POWER:
        count += 1
    return count


def seen_gap(deviation: float, count: int, tests: int = 1) -> float:
    """Least true gap that so many seeds see with a chance of 80 %.

    Example:
        >>> round(seen_gap(1.0, 10), 1)
        1.0
    """
    low, high = 0.0, deviation
    while power(high, deviation, count, tests) < POWER:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        if power(middle, deviation, count, tests) < POWER:
            low = middle
        else:
            high = middle
    return high
