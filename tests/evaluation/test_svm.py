"""Linear SVMs on features: the short way equals the long one; chance is chance."""

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.svm import LinearSVC

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.average_precision import average_precision
from ce_plugin.evaluation.probes.basis import compact, unit_rows
from ce_plugin.evaluation.probes.classes import choose_classes
from ce_plugin.evaluation.probes.ranking import area, eleven_point
from ce_plugin.evaluation.probes.svm import PUBLISHED_COSTS, LinearSVM


def data(count=60, dims=200, classes=2, strength=1.0, seed=0):
    """Vectors with directions of the classes in them, and labels with difficult."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random((count, classes)) < 0.4, 1, -1)
    directions = np.random.default_rng(9).normal(size=(classes, dims))
    x = rng.normal(size=(count, dims)) + strength * labels @ directions
    labels[rng.random(labels.shape) < 0.05] = 0
    return x.astype(np.float32), labels


def names(labels):
    return [f"class {i}" for i in range(labels.shape[1])]


def evaluate(train, test, **options):
    choice = choose_classes(train[1], test[1], names(train[1]), folds=3)
    return LinearSVM(**options).evaluate(*train, *test, choice)


def test_the_same_as_the_published_steps():
    """Full vectors, the dual problem, every cost: slow, and the same figures."""
    train, test = data(strength=0.06), data(strength=0.06, seed=1)
    costs = (0.01, 1.0)
    found = evaluate(train, test, costs=costs)
    x, z = (
        v / (np.linalg.norm(v, axis=1, keepdims=True) + 1e-5)
        for v in (train[0].astype(np.float64), test[0].astype(np.float64))
    )
    for column, name in enumerate(names(train[1])):
        y = np.where(train[1][:, column] == 1, 1, -1)
        machines = [
            LinearSVC(
                C=cost, class_weight={1: 2, -1: 1}, dual=True, tol=1e-8, max_iter=100000
            )
            for cost in costs
        ]
        tried = [
            cross_val_score(m, x, y, cv=3, scoring="average_precision").mean()
            for m in machines
        ]
        best = int(np.argmax(tried))
        scores = machines[best].fit(x, y).decision_function(z)
        wanted = 100 * average_precision(1e3 * scores, test[1][:, column])
        one = found["per_class"][name]
        assert one["cost"] == costs[best]
        assert one["cv_ap"] == pytest.approx(100 * max(tried), abs=0.5)
        assert one["ap"] == pytest.approx(wanted, abs=0.5)
        assert 45 < wanted < 99
    aps = [one["ap"] for one in found["per_class"].values()]
    assert found["map"] == pytest.approx(np.mean(aps))
    assert found["not_converged"] == 0


def test_separable_is_100_and_shuffled_is_chance():
    train, test = data(200, strength=2), data(400, strength=2, seed=1)
    assert evaluate(train, test)["map"] > 99.9
    shuffled = np.random.default_rng(3).permutation(train[1])
    chance = 100 * np.mean([(y > 0).sum() / (y != 0).sum() for y in test[1].T])
    found = evaluate((train[0], shuffled), test)["map"]
    assert abs(found - chance) < 12


def test_processes_and_repetition_change_nothing():
    train, test = data(), data(seed=1)
    first = evaluate(train, test, costs=(1.0,))
    assert evaluate(train, test, costs=(1.0,)) == first
    assert evaluate(train, test, costs=(1.0,), jobs=2) == first


def test_difficult_test_pictures_do_not_count():
    train, test = data(strength=0.15), data(strength=0.15, seed=1)
    kept = (test[1] != 0).all(1)
    changed = test[1].copy()
    changed[~kept] = 0
    whole = evaluate(train, (test[0], changed))
    without = evaluate(train, (test[0][kept], test[1][kept]))
    for name, one in without["per_class"].items():
        assert whole["per_class"][name]["ap"] == pytest.approx(one["ap"])


@pytest.mark.parametrize("dims", [5, 30, 3000])
def test_compact_keeps_every_product(dims):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(20, dims)), rng.normal(size=(7, dims))
    x[3] = x[4]  # the same picture twice
    a, b = compact(x, z)
    assert a.shape[1] <= max(5, 20)
    np.testing.assert_allclose(a @ a.T, x @ x.T, atol=1e-8 * dims)
    np.testing.assert_allclose(b @ a.T, z @ x.T, atol=1e-8 * dims)


def test_unit_rows():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]


def test_classes_that_do_not_count_are_named():
    train = np.full((10, 4), -1)
    train[:5, 0] = train[:2, 1] = train[:5, 2] = train[:, 3] = 1
    test = train.copy()
    test[:, 2] = 0
    test[9, 2] = -1
    choice = choose_classes(train, test, "abcd", folds=3)
    assert choice.names == ("a",) and choice.columns == (0,)
    assert choice.left_out == {
        "b": "2 positives in train",
        "c": "0 positives in test",
        "d": "0 negatives in train",
    }
    with pytest.raises(InputError, match="no class has enough"):
        choose_classes(train, test, "abcd", min_positives=6)


def test_area_depends_on_the_order_alone():
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=50), rng.choice([1, -1, 0], 50)
    wanted = 100 * average_precision(scores * 1e3, labels)
    for scale in (1e3, 1.0, 1e-9):
        assert area(scores * scale, labels) == pytest.approx(wanted)
    # Equal scores: the negatives come first.
    assert area(np.zeros(4), np.array([1, -1, -1, -1])) == 25.0


def test_eleven_point_by_hand():
    """Ranks 1 and 3 of four are there, a fifth is difficult."""
    scores = np.array([5.0, 4.0, 3.0, 2.0, 4.5])
    labels = np.array([1, -1, 1, -1, 0])
    # Precision 1 up to recall .5 (six points), 2/3 beyond (five).
    assert eleven_point(scores, labels) == pytest.approx(100 * (6 + 5 * 2 / 3) / 11)
    assert eleven_point(np.zeros(2), np.array([1, -1])) == pytest.approx(50.0)


def test_costs():
    assert len(PUBLISHED_COSTS) == 26
    for costs in ((), (0.0,), (-1.0, 1.0)):
        with pytest.raises(InputError, match="positive numbers"):
            evaluate(data(), data(seed=1), costs=costs)
