"""Series of numbers over a run, thin enough to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAX_POINTS = 500


@dataclass(frozen=True)
class Curve:
    """One named series.

    Attributes:
        name: What the reader sees.
        steps: Iterations, rising.
        values: One for each step; may hold values that are not finite.
    """

    name: str
    steps: Sequence[float]
    values: Sequence[float]


def ending_at(name: str, values: Sequence[float], last_step: int) -> Curve:
    """A series recorded every iteration, or every k-th, up to ``last_step``.

    Example:
        >>> ending_at("loss", [3.0, 2.0, 1.0], last_step=3).steps
        [1, 2, 3]
        >>> ending_at("grad_norm", [3.0, 2.0], last_step=8).steps
        [4, 8]
    """
    pace = max(1, last_step // max(1, len(values)))
    first = last_step - pace * (len(values) - 1)
    steps = list(range(first, last_step + 1, pace))
    return Curve(name, steps, list(map(float, values)))


def thin(curve: Curve, limit: int = MAX_POINTS) -> Curve:
    """At most ``limit`` points: each is the mean of equally many neighbours.

    Args:
        curve: Any length. The last group may be smaller.
        limit: Points that may remain.

    Returns:
        The same curve where it is short enough. A point stands at the last step of
        its group; it is finite where all of its group are.

    Example:
        >>> thin(Curve("loss", [1, 2, 3, 4], [4.0, 2.0, 1.0, 3.0]), limit=2).values
        [3.0, 2.0]
    """
    size = -(-len(curve.values) // limit)
    if size <= 1:
        return curve
    starts = range(0, len(curve.values), size)
    values = np.asarray(curve.values, dtype=np.float64)
    return Curve(
        curve.name,
        [curve.steps[min(start + size, len(values)) - 1] for start in starts],
        [float(values[start : start + size].mean()) for start in starts],
    )
