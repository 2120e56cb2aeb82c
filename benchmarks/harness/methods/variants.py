"""Variants of a method: another budget, or other settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..suite import Method


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


def trials(
    method: Method, rates: Sequence[float], batches: Sequence[int], usual: int
) -> list[Method]:
    """Every pair of a learning rate and a batch size, a row each.

    Args:
        method: Method whose settings are searched.
        rates: Highest learning rates.
        batches: Pictures a step.
        usual: The suite's batch size, for which the method is timed under its name.

    Example:
        >>> [m.name for m in trials(Method("byol", "BYOL"), [0.001], [32, 64], 64)]
        ['byol~lr0.001~b32', 'byol~lr0.001~b64']
    """
    known = method.timed_as or method.name
    return [
        replace(
            with_setting(method, rate, batch),
            name=f"{method.name}~lr{rate:g}~b{batch}",
            title=f"{method.title}, lr {rate:g}, batch {batch}",
            timed_as=known if batch == usual else f"{known}~b{batch}",
            trial_of=method.name,
            setting=f"lr {rate:g}, batch {batch}",
        )
        for rate in rates
        for batch in batches
    ]


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
