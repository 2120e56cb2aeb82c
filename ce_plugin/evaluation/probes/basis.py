"""Long vectors of few pictures, in as many coordinates as there are pictures."""

from __future__ import annotations

import numpy as np
from sklearn.preprocessing import normalize

_COLUMNS = 1024


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows of Euclidean length 1, float32; rows of zeros stay.

    Example:
        >>> unit_rows(np.array([[3.0, 4.0]])).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    return normalize(vectors.astype(np.float32, copy=False))


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Products of rows in float64, without a float64 copy of either."""
    out = np.zeros((len(a), len(b)))
    for start in range(0, a.shape[1], _COLUMNS):
        part = slice(start, start + _COLUMNS)
        out += a[:, part].astype(np.float64) @ b[:, part].astype(np.float64).T
    return out


def compact(train: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same vectors in at most ``len(train)`` coordinates, for linear models.

    A linear model with an L2 penalty finds its weights in the span of the training
    vectors, and sees these through their inner products only. In an orthonormal basis
    of that span (from the eigenvectors of the Gram matrix) its scores are therefore the
    same, also for other vectors, whose part outside the span no weight meets. Fitting
    500 vectors of 9216 dimensions is 15 times faster that way, and shared by all
    classes, folds and costs.

    Args:
        train: (N, d).
        *others: (M, d), such as the test vectors.

    Returns:
        float64 arrays (N, r), (M, r) ... with r <= N; with d columns where d <= N.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(4, 50))
        >>> (z,) = compact(x)
        >>> z.shape, bool(np.allclose(z @ z.T, x @ x.T))
        ((4, 4), True)
    """
    if train.shape[1] <= len(train):
        return tuple(v.astype(np.float64) for v in (train, *others))
    values, basis = np.linalg.eigh(_products(train, train))
    # Directions in which the vectors do not differ but by rounding.
    kept = values > values[-1] * 1e-12
    values, basis = values[kept], basis[:, kept]
    back = basis / np.sqrt(values)
    return (basis * np.sqrt(values), *(_products(v, train) @ back for v in others))
