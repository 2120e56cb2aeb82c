"""Few labels: what is drawn, and what comes of it."""

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.average_precision import average_precision
from ce_plugin.evaluation.probes.basis import unit_rows
from ce_plugin.evaluation.probes.classes import choose_classes
from ce_plugin.evaluation.probes.low_shot import LowShotSVM, draw_shots
from ce_plugin.evaluation.probes.svm import linear_svc


def data(count=80, strength=0.3, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random((count, 2)) < 0.3, 1, -1)
    directions = np.random.default_rng(9).normal(size=(2, 50))
    x = rng.normal(size=(count, 50)) + strength * labels @ directions
    labels[::9, 0] = 0
    return x.astype(np.float32), labels


def evaluate(train, test, **options):
    choice = choose_classes(train[1], test[1], ["cat", "dog"])
    return LowShotSVM(**options).evaluate(*train, *test, choice)


@pytest.mark.parametrize("k", [1, 4, 16])
def test_draws(k):
    labels = np.random.default_rng(0).choice([1, 0, -1], 600, p=[0.1, 0.1, 0.8])
    drawn = draw_shots(labels, k, (0, k))
    assert (labels[drawn] == 1).sum() == k
    assert (labels[drawn] == -1).sum() == 19 * k
    assert len(set(drawn)) == len(drawn) == 20 * k


def test_draws_are_independent_of_everything_else():
    labels = np.random.default_rng(0).choice([1, -1], 300)
    np.random.seed(1)
    first = draw_shots(labels, 8, (0, 8, 2))
    np.random.seed(2)
    np.random.rand(5)
    state = np.random.get_state()[1].copy()
    assert np.array_equal(first, draw_shots(labels, 8, (0, 8, 2)))
    assert np.array_equal(state, np.random.get_state()[1])
    assert not np.array_equal(first, draw_shots(labels, 8, (0, 8, 3)))
    assert not np.array_equal(first, draw_shots(labels, 8, (1, 8, 2)))


def test_few_negatives_are_all_drawn():
    labels = np.array([1] * 5 + [-1] * 7)
    assert len(draw_shots(labels, 5, (0,))) == 12
    with pytest.raises(InputError, match="cannot draw 6 of 5"):
        draw_shots(labels, 6, (0,))


def test_the_same_as_by_hand():
    train, test = data(), data(seed=1)
    found = evaluate(train, test, shots=(3,), draws=2, costs=(0.1, 10.0), seed=7)
    maps = np.zeros((2, 2))
    x, z = unit_rows(train[0]), unit_rows(test[0])
    for draw in range(2):
        for j, cost in enumerate((0.1, 10.0)):
            aps = []
            for column in range(2):
                y = train[1][:, column]
                rows = draw_shots(y, 3, (7, 3, draw, column))
                machine = linear_svc()(C=cost).fit(x[rows], y[rows])
                scores = machine.decision_function(z)
                aps.append(100 * average_precision(1e3 * scores, test[1][:, column]))
            maps[draw, j] = np.mean(aps)
    best = maps.mean(0).argmax()
    shot = found["shots"]["3"]
    assert shot["map"] == pytest.approx(maps[:, best].mean(), abs=0.2)
    assert shot["std"] == pytest.approx(maps[:, best].std(), abs=0.2)
    assert shot["min"] <= shot["map"] <= shot["max"]
    assert shot["cost"] == (0.1, 10.0)[best]
    assert shot["map"] == pytest.approx(np.mean(list(shot["per_class"].values())))
    assert (
        evaluate(train, test, shots=(3,), draws=2, costs=(0.1, 10.0), seed=7) == found
    )


def test_more_labels_help_and_too_many_are_left_out():
    train, test = data(200), data(300, seed=1)
    found = evaluate(train, test, shots=(1, 16, 1000), draws=3)
    assert found["shots"]["16"]["map"] > found["shots"]["1"]["map"] + 5
    assert set(found["shots"]) == {"1", "16"}
    assert "positives in train" in found["left_out"]["1000"]
    with pytest.raises(InputError, match="none of k = 1000 can be drawn"):
        evaluate(train, test, shots=(1000,))
    with pytest.raises(InputError, match="draws is 1 or more"):
        evaluate(train, test, draws=0)
