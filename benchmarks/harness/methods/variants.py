"""Variants of a method: another budget, or other settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..suite import Method

Setting = tuple[float, int]
"""Learning rate and pictures a step."""


def at_minutes(method: Method, minutes: float, seeds: int | None = None) -> Method:
    """The method with a budget of its own, a row of its own.

    Args:
        method: A method; its step takes as long at any budget and is timed once.
        minutes: Minutes of pretraining.
        seeds: Number of the suite's seeds that are used.

    Example:
        >>> at_minutes(Method("rotation", "rotation"), 20).title
        'rotation, 20 min'
    """
    return replace(
        method,
        name=f"{method.name}@{minutes:g}",
        title=f"{method.title}, {minutes:g} min",
        minutes=minutes,
        seeds=seeds,
        timed_as=method.timed_as or method.name,
    )


def trials(method: Method, settings: Sequence[Setting], usual: Setting) -> list[Method]:
    """The method with each pair of a learning rate and a batch size, a row each.

    Args:
        method: Method whose settings are searched.
        settings: Highest learning rate and pictures a step, of each trial.
        usual: Those of the suite: that trial is the method itself.

    Example:
        >>> settings = [(0.001, 64), (0.001, 32)]
        >>> [m.name for m in trials(Method("byol", "BYOL"), settings, (0.001, 64))]
        ['byol', 'byol~lr0.001~b32']
    """
    return [_trial(method, setting, usual) for setting in settings]


def _trial(method: Method, setting: Setting, usual: Setting) -> Method:
    rate, batch = setting
    words = f"lr {rate:g}, batch {batch}"
    made = with_setting(method, rate, batch)
    made = replace(made, trial_of=method.name, setting=words)
    if setting == usual:
        return made
    known = method.timed_as or method.name
    return replace(
        made,
        name=f"{method.name}~lr{rate:g}~b{batch}",
        title=f"{method.title}, {words}",
        timed_as=known if batch == usual[1] else f"{known}~b{batch}",
    )


def with_setting(method: Method, rate: float, batch: int) -> Method:
    """The method with a learning rate and a batch size, under its own name.

    Example:
        >>> with_setting(Method("byol", "BYOL"), 0.002, 32).changes
        {'optim_wrapper.optimizer.lr': 0.002, 'train_dataloader.batch_size': 32}
    """
    setting = {
        "optim_wrapper.optimizer.lr": rate,
        "train_dataloader.batch_size": batch,
    }
    return replace(method, changes={**method.changes, **setting})
