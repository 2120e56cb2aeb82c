"""Reads and checks the results of a suite."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ce_plugin.errors import InputError

from ..suite import CALIBRATION, PRETRAINING, RESULTS, Suite
from .store import results_of

_NEEDED = ("suite", "method", "task", "seed", "status")


@dataclass(frozen=True)
class Result:
    """One run that has ended, as its line says.

    Attributes:
        suite: Name of the suite.
        method: Name of the method.
        task: Name of the task, or 'pretraining'.
        seed: Seed of the run.
        status: 'done' or 'failed'.
        value: The figure, higher is better; of pretraining the loss, or None where
            nothing is trained. None if failed.
        metric: Meaning and unit of the value.
        error: One line, if failed.
        key: Hash of config, data and code.
        config: Everything that the figure depends on.
        versions: Versions of packages, by name.
        commit: Commit of the code.
        device: Names of CPU and GPU, and the number of cores.
        data: Fingerprints by name.
        images_per_second: At the median step; None where it means nothing.
        minutes: Processor minutes on a CPU, GPU minutes on a GPU.
        wall_minutes: As the clock shows them.
        peak_memory_mb: Peak memory of the process.
        device_memory_mb: Peak memory of the GPU.
        parameters: Number of parameters of the encoder.
        figures: Further figures by name.
        pictures: Names of PNG files in the work directory.
    """

    suite: str
    method: str
    task: str
    seed: int
    status: str
    value: float | None = None
    metric: str = ""
    error: str | None = None
    key: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    device: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    images_per_second: float | None = None
    minutes: float | None = None
    wall_minutes: float | None = None
    peak_memory_mb: float | None = None
    device_memory_mb: float | None = None
    parameters: float | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()


def read_results(suite: Suite, folder: Path = RESULTS) -> list[Result]:
    """All results of a suite, by method, task and seed.

    Args:
        suite: Suite whose results are read.
        folder: Holds ``<suite>.jsonl``.

    Raises:
        InputError: A line cannot be read or lacks what a result needs.
    """
    store = results_of(suite.name, folder)
    lines = [line for line in store.records() if line[1].get("task") != CALIBRATION]
    store.tell_torn()
    found = [as_result(entries, where) for where, entries in lines]
    return sorted(found, key=lambda r: (r.method, f"{r.task}_seed{r.seed}"))


def as_result(entries: Mapping[str, Any], where: str) -> Result:
    """One result; a finished task always has a number.

    Args:
        entries: As the suite's file has them.
        where: They stand, in notes.

    Raises:
        InputError: They lack what a result needs.
    """
    mend = "remove it and run the suite again"
    absent = [name for name in _NEEDED if name not in entries]
    if absent:
        raise InputError(f"{where} lacks {', '.join(absent)}; {mend}")
    names = {f.name for f in fields(Result)}
    # An entry that is null means the same as one that is not there.
    kept = {k: v for k, v in entries.items() if k in names and v is not None}
    kept["pictures"] = tuple(kept.get("pictures", ()))
    result = Result(**kept)
    if result.status not in ("done", "failed"):
        raise InputError(f"{where}: status {result.status!r} is unknown; {mend}")
    if result.status == "done" and not _is_number(result.value):
        if result.task == PRETRAINING and result.value is None:
            return result
        raise InputError(f"{where}: done, but its value is {result.value!r}; {mend}")
    return result


def process_minutes(
    figures: Mapping[str, Any] | None, minutes: float | None
) -> float | None:
    """Minutes of a pretraining run's whole process; None where they are not known.

    Args:
        figures: Further figures of the run.
        minutes: Those of its steps.
    """
    whole = (figures or {}).get("process_minutes")
    # Of a run in several starts earlier versions counted the last one alone: less than
    # its steps.
    if whole is None or minutes is None or whole < minutes:
        return None
    return whole


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def distinct(values: Iterable[Any]) -> int:
    """How many of these plain values differ, whatever the order of their keys.

    Example:
        >>> distinct([{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2}])
        2
    """
    return len({json.dumps(value, sort_keys=True, default=str) for value in values})
