"""Logistic regression on frozen features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from ce_plugin.errors import InputError

from .basis import compact, unit_rows
from .classes import ClassChoice
from .one_vs_rest import check_costs, fit_classes, unconverged_fits

LOGISTIC_COSTS = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True)
class LogisticProbe:
    """Logistic regression: top-1 of one label a picture, mAP of several.

    The penalty is L2 on vectors of length 1; its inverse strength comes from stratified
    cross-validation on the training pictures (accuracy, or average precision by class).

    Args:
        costs: Values of C, the inverse strength.
        folds: Number of folds of the cross-validation.
        max_iter: Limit of the solver's (L-BFGS) iterations.
        jobs: Processes.

    Example:
        >>> x, y = np.repeat(np.eye(3), 5, axis=0), np.repeat(np.arange(3), 5)
        >>> LogisticProbe().evaluate(x, y, x, y)['top1']
        100.0
    """

    costs: Sequence[float] = LOGISTIC_COSTS
    folds: int = 3
    max_iter: int = 1000
    jobs: int = 1

    def evaluate(
        self,
        train: np.ndarray,
        train_labels: np.ndarray,
        test: np.ndarray,
        test_labels: np.ndarray,
        choice: ClassChoice | None = None,
    ) -> dict[str, Any]:
        """Figures of one layer.

        Args:
            train: (N, d).
            train_labels: (N,) class numbers, or (N, classes) in {1, 0, -1}.
            test: (M, d).
            test_labels: (M,) or (M, classes), in the same form.
            choice: The classes that count, of several labels a picture.

        Returns:
            Of one label a picture: ``top1`` and ``cv_top1`` in percent, ``cost``,
            ``not_converged``. Of several: see :func:`~.one_vs_rest.fit_classes`.

        Raises:
            InputError: A single class, or one with fewer training pictures than folds.
        """
        make = partial(LogisticRegression, max_iter=self.max_iter)
        if train_labels.ndim == 2:
            return fit_classes(
                make,
                train,
                train_labels,
                test,
                test_labels,
                choice,
                costs=self.costs,
                folds=self.folds,
                jobs=self.jobs,
            )
        counts = np.bincount(train_labels)
        if (counts > 0).sum() < 2:
            raise InputError(
                "logistic regression needs pictures of two classes or more"
            )
        rare = counts[counts > 0].min()
        if rare < self.folds:
            raise InputError(
                f"a class has {rare} training pictures; {self.folds}-fold "
                f"cross-validation needs {self.folds} of each"
            )
        costs = check_costs(self.costs)
        train, test = compact(unit_rows(train), unit_rows(test))
        tried = Parallel(n_jobs=self.jobs)(
            delayed(_cross_validate)(make(C=c), train, train_labels, self.folds)
            for c in costs
        )
        best = int(np.argmax([accuracy for accuracy, _ in tried]))
        with unconverged_fits() as said:
            model = make(C=costs[best]).fit(train, train_labels)
        return dict(
            top1=100 * float(model.score(test, test_labels)),
            cv_top1=100 * tried[best][0],
            cost=costs[best],
            not_converged=sum(count for _, count in tried) + len(said),
        )


def _cross_validate(model, vectors, labels, folds) -> tuple[float, int]:
    with unconverged_fits() as said:
        accuracy = cross_val_score(model, vectors, labels, cv=folds).mean()
    return float(accuracy), len(said)
