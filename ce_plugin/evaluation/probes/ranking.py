"""Average precision of scores of any scale."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from ce_plugin.evaluation.metrics.average_precision import average_precision


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    """:func:`~.average_precision.average_precision` of scores of any scale, percent.

    That function has an absolute margin for equal scores, made for networks; a weakly
    fitted SVM's scores all lie within it. Only their order is handed on.

    Args:
        scores: (N,), higher means more likely there.
        labels: (N,): 1 there, 0 left out, -1 not there.

    Example:
        >>> area(np.array([3e-9, 2e-9, 1e-9]), np.array([1, -1, -1]))
        100.0
    """
    return 100 * average_precision(rankdata(scores, method="dense"), labels)


def eleven_point(scores: np.ndarray, labels: np.ndarray) -> float:
    """VOC 2007's own figure, percent: mean of the best precisions from a recall on.

    The recalls are 0, .1, ... 1. At equal scores the negatives come first.

    Args:
        scores: (N,).
        labels: (N,): 1 there, 0 left out, -1 not there; at least one is there.

    Source: Everingham et al. 2010, "The PASCAL visual object classes challenge",
    section 4.2.

    Example:
        >>> eleven_point(np.array([2.0, 1.0]), np.array([-1, 1]))
        50.0
    """
    counted = labels != 0
    there = labels[counted] > 0
    there = there[np.lexsort((there, -scores[counted]))]
    hits = np.cumsum(there)
    precision = hits / np.arange(1, len(hits) + 1)
    # Whole numbers, since 3 * .1 is not .3.
    best = [precision[10 * hits >= tenth * hits[-1]].max() for tenth in range(11)]
    return 100 * float(np.mean(best))
