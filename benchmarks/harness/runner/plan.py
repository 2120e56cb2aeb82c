"""The runs of a suite that are left, and what they will cost."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..results.read import process_minutes
from ..results.store import results_of
from ..suite import PRETRAINING, Images, Minutes
from .bench import Bench
from .jobs import Job

BEFORE = "voc320_cpu"
"""The suite whose tasks say what one costs that has not run yet, by its name."""
AROUND = 0.25
"""Minutes of a pretraining process that are no steps (start, held-out pictures, export)
where none has been measured."""


@dataclass(frozen=True)
class Line:
    """Runs of one kind.

    Attributes:
        name: 'pretraining, 6 min', or the task's.
        runs: How many.
        minutes: Processor minutes of each; None where nothing is known.
        source: What says so.
    """

    name: str
    runs: int
    minutes: float | None
    source: str


def plan(bench: Bench, jobs: Sequence[Job]) -> list[Line]:
    """What jobs cost, kind by kind, in the order of the suite.

    The minutes are means of runs that have ended, of this suite or of an earlier one;
    tasks that share a run with others have it on the account of the first of them.
    """
    untrained = {m.name for m in bench.suite.methods if m.config is None}
    measured = _measured((record for _, record in bench.store.records()), untrained)
    before = _measured(record for _, record in results_of(BEFORE).records())
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(_kind(bench, job), []).append(job)
    lines = []
    for kind, of_kind in found.items():
        name = of_kind[0].name
        if name == PRETRAINING:
            minutes, source = _pretraining(bench, of_kind[0], measured)
        elif measured.get(name):
            minutes = statistics.fmean(measured[name])
            source = f"{len(measured[name])} runs"
        else:
            name = of_kind[0].task.like or name
            known = before.get(name)
            minutes = statistics.fmean(known) if known else None
            source = f"{name} of {BEFORE}" if known else "not measured yet"
        lines.append(Line(kind, len(of_kind), minutes, source))
    return lines


def text(bench: Bench, jobs: Sequence[Job]) -> list[str]:
    """What is left as it is printed; at the end its sum, and that of all."""
    left = plan(bench, [job for job in jobs if not job.done])
    said = []
    for line in left:
        each = "?" if line.minutes is None else f"{line.minutes:.2f}"
        said.append(f"{line.runs:5} x {each:>6} min  {line.name} ({line.source})")
    return [*said, _sum(left, "left"), _sum(plan(bench, jobs), "in all")]


def _sum(lines: Sequence[Line], which: str) -> str:
    known = [line for line in lines if line.minutes is not None]
    hours = sum(line.runs * line.minutes for line in known) / 60
    runs = sum(line.runs for line in lines)
    lost = [line.name for line in lines if line.minutes is None]
    more = f", and what {', '.join(lost)} cost" if lost else ""
    return f"{runs} runs {which}: {hours:.1f} core-hours{more}"


def _kind(bench: Bench, job: Job) -> str:
    if job.task:
        return job.name
    return f"{PRETRAINING}, {_budget(bench, job)}"


def _budget(bench: Bench, job: Job) -> str:
    if job.method.config is None:
        return "none"
    if isinstance(bench.suite.budget, Minutes):
        return f"{job.method.minutes or bench.suite.budget.minutes:g} min"
    if isinstance(bench.suite.budget, Images):
        return f"{bench.suite.budget.images} pictures"
    return "as configured"


def _pretraining(
    bench: Bench, job: Job, measured: dict[str, list[float]]
) -> tuple[float | None, str]:
    budget = bench.suite.budget
    if job.method.config is None:
        return AROUND, "its process alone"
    if not isinstance(budget, Minutes):
        known = measured.get(PRETRAINING)
        return (statistics.fmean(known) if known else None), "runs of this suite"
    around = measured.get("around")
    more = statistics.fmean(around) if around else AROUND
    return (job.method.minutes or budget.minutes) + more, "the budget, and around it"


def _measured(
    records: Iterable[dict], untrained: Collection[str] = ()
) -> dict[str, list[float]]:
    """Processor minutes by task; 'around' pretraining, what is no step of it.

    Pretraining is that of methods that are trained.
    """
    found: dict[str, list[float]] = {}
    for record in records:
        if record.get("status") != "done" or record.get("minutes") is None:
            continue
        if record["task"] == PRETRAINING and record["method"] in untrained:
            continue
        found.setdefault(record["task"], []).append(record["minutes"])
        whole = process_minutes(record.get("figures"), record["minutes"])
        if whole is not None:
            found.setdefault("around", []).append(whole - record["minutes"])
    return found
