"""Linear support vector machines on frozen features: the VOC07 benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.svm import LinearSVC

from .classes import ClassChoice
from .one_vs_rest import COSTS, fit_classes

PUBLISHED_COSTS = (
    *(10.0**power for power in range(-7, 3)),
    *(0.5**power for power in range(4, 20)),
)
"""The 26 costs of the released benchmark."""


def linear_svc(positive_weight: float = 2.0) -> partial:
    """The benchmark's classifier, all but its cost; a positive counts double.

    Penalty L2, loss squared hinge, an intercept that is penalised like a weight. The
    benchmark solves the dual problem and stops after 2000 passes. The primal problem
    has the same solution, reaches it in some 20 steps also at large costs, where the
    dual does not, and takes the pictures in no random order.

    Example:
        >>> linear_svc()(C=0.1).class_weight
        {1: 2.0, -1: 1.0}
    """
    weight = {1: float(positive_weight), -1: 1.0}
    return partial(LinearSVC, class_weight=weight, dual=False)


@dataclass(frozen=True)
class LinearSVM:
    """mAP of one linear SVM a class on frozen features.

    Args:
        costs: Tried in cross-validation. The default has six, the released benchmark
            26 (``PUBLISHED_COSTS``).
        folds: Number of folds of the cross-validation.
        positive_weight: How much a positive counts beside a negative.
        jobs: Processes.

    Source: Goyal et al. 2019, section 6.1 ("linear SVMs"), and the released benchmark:
    vectors of length 1, 3 folds, weights 2 to 1, difficult pictures negative in
    training and left out in the test. There, the area is under the interpolated curve;
    here, ``map`` is scikit-learn's without interpolation (a little lower, as in the
    paper's protocol), ``map_11point`` VOC07's own.

    Example:
        >>> from ce_plugin.evaluation.probes.classes import choose_classes
        >>> rng = np.random.default_rng(0)
        >>> labels = np.where(np.arange(40) % 2, 1, -1)[:, None]
        >>> x = rng.normal(size=(40, 3)) + 5 * labels
        >>> choice = choose_classes(labels, labels, ['odd'])
        >>> round(LinearSVM().evaluate(x, labels, x, labels, choice)['map'])
        100
    """

    costs: Sequence[float] = COSTS
    folds: int = 3
    positive_weight: float = 2.0
    jobs: int = 1

    def evaluate(
        self,
        train: np.ndarray,
        train_labels: np.ndarray,
        test: np.ndarray,
        test_labels: np.ndarray,
        choice: ClassChoice,
    ) -> dict[str, Any]:
        """Figures of one layer: see :func:`~.one_vs_rest.fit_classes`."""
        return fit_classes(
            linear_svc(self.positive_weight),
            train,
            train_labels,
            test,
            test_labels,
            choice,
            costs=self.costs,
            folds=self.folds,
            jobs=self.jobs,
        )
