"""Logistic regression on features, of one label a picture and of several."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ce_plugin.errors import InputError
from ce_plugin.evaluation.probes.basis import unit_rows
from ce_plugin.evaluation.probes.classes import choose_classes
from ce_plugin.evaluation.probes.logistic import LogisticProbe


def single(count=90, dims=150, strength=0.4, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    centres = np.random.default_rng(9).normal(size=(3, dims))
    return rng.normal(size=(count, dims)) + strength * centres[labels], labels


def test_the_same_as_on_full_vectors():
    train, test = single(), single(seed=1)
    found = LogisticProbe(costs=(10.0,)).evaluate(*train, *test)
    model = LogisticRegression(C=10.0, max_iter=5000, tol=1e-8)
    model.fit(unit_rows(train[0]), train[1])
    wanted = 100 * model.score(unit_rows(test[0]), test[1])
    assert 50 < wanted < 100
    assert found["top1"] == pytest.approx(wanted, abs=100 / 90 + 1e-9)
    assert found["not_converged"] == 0


def test_separable_and_shuffled():
    train, test = single(strength=2), single(300, strength=2, seed=1)
    found = LogisticProbe().evaluate(*train, *test)
    assert found["top1"] == 100 and found["cv_top1"] == 100
    mixed = np.random.default_rng(0).permutation(train[1])
    assert LogisticProbe().evaluate(train[0], mixed, *test)["top1"] < 55


def test_several_labels():
    train, test = single(strength=2), single(strength=2, seed=1)
    several = [np.where(np.eye(3)[y] > 0, 1, -1) for _, y in (train, test)]
    choice = choose_classes(*several, "abc", folds=3)
    probe = LogisticProbe(costs=(1.0, 10.0))
    found = probe.evaluate(train[0], several[0], test[0], several[1], choice)
    assert found["map"] == pytest.approx(100) and set(found["per_class"]) == set("abc")


def test_a_limit_of_iterations_is_told():
    train, test = single(), single(seed=1)
    found = LogisticProbe(costs=(1000.0,), max_iter=2).evaluate(*train, *test)
    assert found["not_converged"] == 4  # three folds and the fit to all


def test_a_single_class():
    x, y = single(9)
    with pytest.raises(InputError, match="two classes or more"):
        LogisticProbe().evaluate(x, 0 * y, x, y)


def test_too_few_of_a_class():
    x, y = single(9)
    y = np.array([0] * 4 + [1] * 4 + [2])
    with pytest.raises(InputError, match="a class has 1 training pictures; 3-fold"):
        LogisticProbe().evaluate(x, y, x, y)
