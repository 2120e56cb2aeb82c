"""The trivial fills that every inpainting has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ce_plugin.errors import InputError


def constant_fill(
    target: np.ndarray, hole: np.ndarray, colour: Sequence[float] = (0.5, 0.5, 0.5)
) -> np.ndarray:
    """The picture with its hole in one given colour.

    Args:
        target: (3, H, W) float in [0, 1].
        hole: (H, W) bool, True = hole.
        colour: RGB in [0, 1]; mid grey by default.

    Returns:
        A new (3, H, W) array.

    Example:
        >>> hole = np.array([[True, False]])
        >>> constant_fill(np.ones((3, 1, 2)), hole)[0]
        array([[0.5, 1. ]])
    """
    return np.where(hole, np.reshape(colour, (3, 1, 1)), target)


def context_mean_fill(target: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The picture with its hole in the mean colour of its own known pixels.

    Args:
        target: (3, H, W) float in [0, 1].
        hole: (H, W) bool, True = hole.

    Returns:
        A new (3, H, W) array.

    Raises:
        InputError: The hole covers the whole picture.

    Example:
        >>> hole = np.array([[True, False, False]])
        >>> context_mean_fill(np.array([[[0.9, 0.2, 0.4]]] * 3), hole)[0].round(2)
        array([[0.3, 0.2, 0.4]])
    """
    if hole.all():
        raise InputError(
            "cannot fill a hole from its context: the mask covers a whole held-out "
            "picture; lower the area or ratio of the mask generator"
        )
    return constant_fill(target, hole, target[:, ~hole].mean(axis=1))
