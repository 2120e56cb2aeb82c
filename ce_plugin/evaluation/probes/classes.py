"""Chooses the classes that a figure counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ce_plugin.errors import InputError

POSITIVE, DIFFICULT = 1, 0


@dataclass(frozen=True)
class ClassChoice:
    """Classes that count, and why others do not.

    Attributes:
        names: Those that count.
        columns: Their columns in the labels.
        left_out: Reason by name.
    """

    names: tuple[str, ...]
    columns: tuple[int, ...]
    left_out: dict[str, str]


def choose_classes(
    train: np.ndarray,
    test: np.ndarray,
    names: Sequence[str],
    *,
    min_positives: int = 1,
    folds: int = 1,
) -> ClassChoice:
    """The classes of which there are enough pictures on both sides.

    A mean over twenty classes of which some occur five times is noise; which classes
    were left out is part of the figure.

    Args:
        train: Labels of the training pictures, (N, classes): 1 there, 0 difficult, -1
            not there.
        test: Labels of the test pictures, in the same form.
        names: Names of the classes.
        min_positives: Least number of positive pictures in train and in test.
        folds: Number of folds of the cross-validation, each of which needs one picture
            of either kind.

    Raises:
        InputError: No class is left.

    Example:
        >>> labels = np.array([[1, -1], [-1, -1]])
        >>> choose_classes(labels, labels, ['cat', 'dog']).left_out
        {'dog': '0 positives in train'}
    """
    kept, left_out = [], {}
    for column, name in enumerate(names):
        needs = {
            "positives in train": (train, POSITIVE, max(min_positives, folds)),
            "positives in test": (test, POSITIVE, max(min_positives, 1)),
            "negatives in train": (train, None, folds),
            "negatives in test": (test, None, 1),
        }
        for what, (labels, sign, least) in needs.items():
            values = labels[:, column]
            there = int((values == sign if sign else values < DIFFICULT).sum())
            if there < least:
                left_out[name] = f"{there} {what}"
                break
        else:
            kept.append(column)
    if not kept:
        first = next(iter(left_out.items()))
        raise InputError(
            f"no class has enough pictures ({first[0]}: {first[1]}, and so on); use "
            "larger splits, or fewer --min-positives"
        )
    return ClassChoice(tuple(names[i] for i in kept), tuple(kept), left_out)
