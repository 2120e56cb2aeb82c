"""Tests of differences against slow references, and what power means."""

import itertools
import json
import math
import statistics

import numpy as np
import pytest
import tables_case  # noqa: F401  puts the harness on the path
from harness.results.store import results_of
from harness.tables.significance import (
    holm,
    p_value,
    paired_t_p,
    power,
    seeds_needed,
    seen_gap,
    sign_flip_p,
    t_interval,
)
from harness.tasks.sets import fair
from scipy import stats
from scipy.stats import ttest_1samp

DIFFERENCES = ([0.3, -1.0, 2.0], [1.0, 1.5, 0.2, 0.9, 2.5], [0.0, 0.0, 1.0], [-2.0, -1])


@pytest.mark.parametrize("values", DIFFERENCES)
def test_sign_flips_are_all_counted(values):
    mean = abs(statistics.fmean(values))
    flipped = [
        abs(statistics.fmean(s * v for s, v in zip(signs, values)))
        for signs in itertools.product((1, -1), repeat=len(values))
    ]
    share = sum(other >= mean - 1e-12 for other in flipped) / len(flipped)
    assert sign_flip_p(values) == pytest.approx(share)
    with pytest.raises(ValueError, match="1 to 16"):
        sign_flip_p([1.0] * 17)


@pytest.mark.parametrize("values", DIFFERENCES)
def test_paired_t_is_students(values):
    found = ttest_1samp(values, 0.0)
    assert paired_t_p(values) == pytest.approx(found.pvalue)
    assert t_interval(values) == pytest.approx(tuple(found.confidence_interval(0.95)))
    wider = found.confidence_interval(1 - 0.05 / 30)
    assert t_interval(values, 30) == pytest.approx(tuple(wider))


def test_values_without_spread():
    assert paired_t_p([0.0, 0.0]) == 1.0 and paired_t_p([1.0, 1.0]) == 0.0
    assert paired_t_p([3.0]) == 1.0 and t_interval([3.0]) is None


def test_which_test_depends_on_numbers_alone():
    """Ten seeds reach 2 / 1024: enough for 25 tests, not for 26."""
    values = [float(i) for i in range(1, 11)]
    assert p_value(values, 25) == (2 / 1024, "sign flips")
    assert p_value(values, 26) == (paired_t_p(values), "paired t")
    assert p_value(values[:5], 1) == (paired_t_p(values[:5]), "paired t")
    assert p_value(values[:6], 1) == (2 / 64, "sign flips")


def test_holm_is_the_step_down_procedure():
    rng = np.random.default_rng(0)
    for _ in range(50):
        ps = rng.uniform(0, 0.1, 6).tolist()
        rejected = set()
        for rank, i in enumerate(sorted(range(6), key=ps.__getitem__)):
            if ps[i] > 0.05 / (6 - rank):
                break
            rejected.add(i)
        assert {i for i, p in enumerate(holm(ps)) if p <= 0.05} == rejected
    assert holm([]) == [] and holm([0.9, 0.8]) == [1.0, 1.0]


def test_power_is_the_share_of_tests_that_see_it():
    rng = np.random.default_rng(0)
    draws = rng.normal(1.0, 1.3, (20_000, 8))
    means, deviations = draws.mean(axis=1), draws.std(axis=1, ddof=1)
    # Student's t with 7 degrees of freedom: 5 % lie beyond 2.3646.
    seen = np.abs(means / deviations * math.sqrt(8)) > 2.3646
    assert power(1.0, 1.3, 8) == pytest.approx(seen.mean(), abs=0.01)
    assert power(1.0, 1.3, 1) == 0.0 and power(0.0, 1.0, 8) == pytest.approx(0.05)
    assert power(1.0, 1.3, 8, tests=40) < power(1.0, 1.3, 8)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 10])
@pytest.mark.parametrize("tests", [1, 20, 39])
def test_power_with_few_seeds_and_many_tests(count, tests):
    """Where the noncentral t of scipy has no number on the other side."""
    gap = seen_gap(1.0, count, tests)
    draws = np.random.default_rng(0).normal(gap, 1.0, (40_000, count))
    t = draws.mean(axis=1) / draws.std(axis=1, ddof=1) * math.sqrt(count)
    bound = stats.t.isf(0.05 / 2 / tests, count - 1)
    assert (np.abs(t) > bound).mean() == pytest.approx(0.8, abs=0.01)
    assert power(gap, 1.0, count, tests) == pytest.approx(0.8, abs=1e-6)
    assert seeds_needed(gap * 1.001, 1.0, tests) == count


@pytest.mark.parametrize("deviation, seeds", [(0.6, 6), (0.9, 9), (1.7, 25)])
def test_seeds_needed(deviation, seeds):
    assert seeds_needed(1.0, deviation) == seeds
    assert power(1.0, deviation, seeds) >= 0.8 > power(1.0, deviation, seeds - 1)
    gap = seen_gap(deviation, seeds)
    assert power(gap, deviation, seeds) == pytest.approx(0.8) and gap <= 1.0


def test_the_units_of_the_index_are_measured_ones():
    """Deviations of the tasks: those of voc320_cpu's results, all pairs of methods."""
    values: dict[str, dict[str, dict[int, float]]] = {}
    for _, found in results_of("voc320_cpu").records():
        if found["task"] in ("pretraining", "calibration"):
            continue
        layers = found["figures"].get("layers") or dict(only=found["value"])
        figures = {found["task"]: found["value"]}
        if found["task"].startswith("svm"):
            figures[found["task"].replace("svm", "svm-last")] = list(layers.values())[
                -1
            ]
        for task, value in figures.items():
            by_method = values.setdefault(task, {})
            by_method.setdefault(found["method"], {})[found["seed"]] = value
    checked = 0
    for task in fair():
        if task.deviation is None:
            continue
        by_method = values[task.name]
        assert len(by_method) == 11
        spreads = [
            statistics.variance(a[s] - b[s] for s in (0, 1, 2))
            for a, b in itertools.combinations(by_method.values(), 2)
        ]
        spread = math.sqrt(statistics.fmean(spreads))
        assert task.deviation == round(spread, 1), json.dumps([task.name, spread])
        checked += 1
    assert checked == 6
