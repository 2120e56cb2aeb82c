"""Means, intervals and what is said about them."""

import doctest
import importlib
import itertools
import math
import statistics

import pytest
import tables_case  # noqa: F401  puts the harness on the path
from harness.tables.statistics import (
    bootstrap_interval,
    difference,
    summary,
    what_seeds_show,
)


@pytest.mark.parametrize(
    "name",
    [
        *("results.read", "tables.claims", "tables.formatting", "tables.latex"),
        *("tables.page.drawing", "tables.significance", "tables.statistics"),
    ],
)
def test_examples(name):
    module = importlib.import_module(f"harness.{name}")
    assert doctest.testmod(module).failed == 0


def test_summary():
    found = summary([1.0, 2.0, 6.0])
    assert (found.mean, found.count) == (3.0, 3)
    assert found.deviation == pytest.approx(math.sqrt(7))  # sample, not population
    assert summary([4.0]).deviation is None and summary([]) is None


@pytest.mark.parametrize("values", [[2.0, -1.0], [3.0, 1.0, 8.0], [1.0, 2.0, 4.0, 9.0]])
def test_interval_is_that_of_all_resamples(values):
    n = len(values)
    means = sorted(map(statistics.fmean, itertools.product(values, repeat=n)))
    low = means[math.ceil(0.025 * len(means)) - 1]
    high = means[math.ceil(0.975 * len(means)) - 1]
    assert bootstrap_interval(values) == pytest.approx((low, high))


def test_three_seeds_give_their_range():
    assert bootstrap_interval([0.5, 2.0, 1.0]) == (0.5, 2.0)


def test_many_seeds():
    values = [float(i % 7) for i in range(30)]
    low, high = bootstrap_interval(values)
    error = statistics.stdev(values) / math.sqrt(30)
    assert low == pytest.approx(statistics.fmean(values) - 1.96 * error, abs=0.15)
    assert high == pytest.approx(statistics.fmean(values) + 1.96 * error, abs=0.15)
    assert bootstrap_interval(values) == (low, high)


def test_one_seed_has_no_interval():
    assert bootstrap_interval([1.0]) is None
    assert difference({0: 1.0}, {0: 3.0}).interval is None


def test_differences_are_of_the_same_seed():
    found = difference({0: 5.0, 1: 7.0, 3: 1.0}, {1: 4.0, 0: 4.0, 2: 0.0})
    assert found.by_seed == {0: 1.0, 1: 3.0} and found.mean == 2.0
    assert difference({0: 1.0}, {1: 1.0}) is None


@pytest.mark.parametrize(
    "count, coverage, p",
    [(2, "50 %", "0.5"), (3, "75 %", "0.25"), (4, "87.5 %", "0.12")],
)
def test_what_seeds_show(count, coverage, p):
    text = what_seeds_show(count)
    assert f"at most {coverage} of the time" in text and f"p = {p}" in text
    assert ("smallest and the greatest" in text) == (count <= 3)


def test_coverage_that_is_claimed_is_that_of_draws():
    """Of three draws around a median, all lie on one side in a quarter of the cases."""
    signs = list(itertools.product([-1, 1], repeat=3))
    held = sum(min(s) < 0 < max(s) for s in signs) / len(signs)
    assert held == 0.75
    assert "one seed" in what_seeds_show(1).lower()
