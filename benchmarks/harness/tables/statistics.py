"""Means, spreads and paired differences over seeds, and what they can show."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95
_EXACT = 5  # with up to 5 values all n^n resamples are taken, at most 3125
_RESAMPLES = 10_000


@dataclass(frozen=True)
class Summary:
    """Figures of one method at one task.

    Attributes:
        mean: Mean over the seeds.
        deviation: Sample standard deviation; None with a single seed.
        count: Number of seeds.
    """

    mean: float
    deviation: float | None
    count: int


@dataclass(frozen=True)
class Difference:
    """Difference of two methods, seed by seed.

    Attributes:
        by_seed: Difference for each seed that both have.
        mean: Mean of these.
        interval: Bootstrap interval of the mean; None with a single seed.
    """

    by_seed: Mapping[int, float]
    mean: float
    interval: tuple[float, float] | None


def summary(values: Sequence[float]) -> Summary | None:
    """Mean and sample standard deviation; None where there is no value.

    Example:
        >>> summary([1.0, 2.0, 3.0])
        Summary(mean=2.0, deviation=1.0, count=3)
    """
    if not values:
        return None
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Summary(statistics.fmean(values), deviation, len(values))


def difference(
    ours: Mapping[int, float], theirs: Mapping[int, float]
) -> Difference | None:
    """Ours less theirs over the seeds that both have; None where there is none.

    Example:
        >>> difference({0: 3.0, 1: 5.0}, {0: 2.0, 1: 2.0, 2: 9.0}).by_seed
        {0: 1.0, 1: 3.0}
    """
    by_seed = {seed: ours[seed] - theirs[seed] for seed in sorted({*ours} & {*theirs})}
    if not by_seed:
        return None
    values = list(by_seed.values())
    return Difference(by_seed, statistics.fmean(values), bootstrap_interval(values))


def bootstrap_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Percentile bootstrap interval of the mean, 95 %.

    Args:
        values: One for each seed. With up to 5 every resample is taken, else 10,000
            are drawn, the same ones each time.

    Returns:
        The 2.5 and 97.5 % quantiles, each a mean that occurs; None for fewer than two
        values.

    Example:
        >>> bootstrap_interval([1.0, 2.0, 6.0])
        (1.0, 6.0)
    """
    n = len(values)
    if n < 2:
        return None
    if n <= _EXACT:
        picks = np.array(list(itertools.product(range(n), repeat=n)))
    else:
        picks = np.random.default_rng(0).integers(n, size=(_RESAMPLES, n))
    # Sorted, so that resamples of the same values give the very same mean.
    means = np.sort(np.asarray(values, dtype=np.float64)[picks], axis=1).mean(axis=1)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail], method="inverted_cdf")
    return float(low), float(high)


def what_seeds_show(count: int) -> str:
    """How little ``count`` seeds can show, in plain words.

    The range of n independent draws misses their median with a chance of 2 / 2^n, and
    no interval here is wider than the range. A sign test has the same figure as its
    least possible p.

    Example:
        >>> "75 %" in what_seeds_show(3), "p = 0.25" in what_seeds_show(3)
        (True, True)
    """
    if count < 2:
        return (
            "One seed shows no spread at all: no difference in this table can be told "
            "from chance."
        )
    miss = 2.0 ** (1 - count)
    # Three values: the least of the 27 means has 1/27 of them, more than 2.5 %.
    extent = (
        f"with {count} seeds it is just the smallest and the greatest of the {count} "
        "differences"
        if count**-count > (1 - LEVEL) / 2
        else f"with {count} seeds it lies within the range of the {count} differences"
    )
    return (
        "The interval is the percentile bootstrap of the differences seed by seed: "
        f"{extent}. It is called a 95 % interval, but holds the true median "
        f"difference at most {_percent(1 - miss)} % of the time, and even if all "
        f"{count} differences have the same sign, a sign test ends at p = {miss:.2g}. "
        "Seeds vary pretraining and training, not the test pictures: that there are "
        "only so many of these is not in it. The best rival is picked on the very "
        "figures it is compared by, which flatters it."
    )


def _percent(share: float) -> str:
    # Rounded down: never more than is true.
    return f"{math.floor(share * 1000) / 10:g}"
