"""One linear classifier a class on frozen features, its cost by cross-validation."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score

from ce_plugin.errors import InputError

from .basis import compact, unit_rows
from .classes import POSITIVE, ClassChoice
from .ranking import area, eleven_point

COSTS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
"""Decades that a few hundred vectors of length 1 choose from."""


def check_costs(costs: Sequence[float]) -> tuple[float, ...]:
    """The costs in order.

    Raises:
        InputError: None, or one that is not positive.
    """
    if not costs or not all(cost > 0 for cost in costs):
        raise InputError(f"costs are one or more positive numbers, not {list(costs)}")
    return tuple(sorted(float(cost) for cost in costs))


@contextmanager
def unconverged_fits() -> Iterator[list[warnings.WarningMessage]]:
    """Collects a warning for each fit that stops at its limit; others are dropped."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ConvergenceWarning)
        yield said


def possible_counts(
    asked: Sequence[int], most: int, reason: str
) -> tuple[list[int], dict[str, str]]:
    """The numbers of neighbours or shots for which there are enough pictures.

    Returns:
        Those from 1 to ``most`` in order, and the reason by each of the others.

    Example:
        >>> possible_counts((20, 5), 10, '10 training pictures')
        ([5], {'20': '10 training pictures'})
    """
    possible = sorted(k for k in asked if 1 <= k <= most)
    return possible, {str(k): reason for k in asked if k not in possible}


def fit_classes(
    make: Callable[..., BaseEstimator],
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    choice: ClassChoice,
    *,
    costs: Sequence[float],
    folds: int,
    jobs: int,
) -> dict[str, Any]:
    """Fits and evaluates ``make(C=cost)`` for each class that counts.

    Vectors are brought to length 1. The cost is the one with the best mean average
    precision in stratified cross-validation on the training vectors (the least of
    equals); the classifier is then fitted to all of them. Pictures in which a class is
    difficult are negatives in training and left out in the test.

    Args:
        make: An estimator's class with its other arguments bound; can be pickled.
        train: (N, d).
        train_labels: (N, classes) in {1, 0, -1}.
        test: (M, d).
        test_labels: (M, classes).
        choice: The classes that count.
        costs: Values of C, the inverse strength of the penalty.
        folds: Number of folds of the cross-validation.
        jobs: Processes, each of which takes a class at a time.

    Returns:
        ``map`` and ``map_11point`` in percent, means over the classes; ``cv_map``, the
        same on the training pictures in cross-validation; ``per_class``: ``ap``,
        ``ap_11point``, ``cv_ap``, ``cost`` by name; ``not_converged``: fits that
        stopped at their limit of iterations.
    """
    costs = check_costs(costs)
    train, test = compact(unit_rows(train), unit_rows(test))
    work = delayed(_fit_class)
    fitted = Parallel(n_jobs=jobs)(
        work(make, train, train_labels[:, column], test, costs, folds)
        for column in choice.columns
    )
    per_class = {}
    for name, column, (scores, cost, cv_ap, _) in zip(
        choice.names, choice.columns, fitted
    ):
        labels = test_labels[:, column]
        per_class[name] = dict(
            ap=area(scores, labels),
            ap_11point=eleven_point(scores, labels),
            cv_ap=100 * cv_ap,
            cost=cost,
        )
    return dict(
        map=mean_of(per_class, "ap"),
        map_11point=mean_of(per_class, "ap_11point"),
        cv_map=mean_of(per_class, "cv_ap"),
        per_class=per_class,
        not_converged=sum(stopped for *_, stopped in fitted),
    )


def _fit_class(make, train, labels, test, costs, folds):
    targets = np.where(labels == POSITIVE, 1, -1)
    with unconverged_fits() as said:
        tried = [
            cross_val_score(
                make(C=cost), train, targets, cv=folds, scoring="average_precision"
            ).mean()
            for cost in costs
        ]
        best = int(np.argmax(tried))
        model = make(C=costs[best]).fit(train, targets)
    return model.decision_function(test), costs[best], float(tried[best]), len(said)


def mean_of(per_class: dict[str, dict[str, float]], figure: str) -> float:
    """The mean of a figure over classes.

    Example:
        >>> mean_of({'cat': dict(ap=40.0), 'dog': dict(ap=60.0)}, 'ap')
        50.0
    """
    return float(np.mean([values[figure] for values in per_class.values()]))
