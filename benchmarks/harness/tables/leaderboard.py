"""The runs that a suite asks for, those that are there, and how methods compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import Any

from ..results.read import Result, distinct
from ..suite import PRETRAINING, Method, Suite, Task
from .statistics import Difference, Summary, difference, summary

UNTRAINED = ("random", "data-dependent")
"""Kinds that spend no time on pretraining."""
CEILINGS = ("supervised", "weights")
"""Kinds that had labels or other pictures; they are nobody's rival."""
FEW = 5
"""Seeds; a method with fewer is not ranked beside those that have more."""


@dataclass(frozen=True)
class Leaderboard:
    """A suite and its results.

    Attributes:
        suite: What was to be run.
        results: What has been run.
        seeds: Those that the tables are about.
        stale: How many results are of an earlier config or code, by method.
    """

    suite: Suite
    results: Sequence[Result]
    seeds: tuple[int, ...] = field(default=())
    stale: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.seeds:
            object.__setattr__(self, "seeds", tuple(self.suite.seeds))

    @cached_property
    def expected(self) -> list[tuple[str, str, int]]:
        """(method, task, seed) of every run that the suite asks for."""
        return [
            (method.name, task, seed)
            for method in self.suite.methods
            for task in self.tasks_of(method, pretraining=True)
            for seed in self.suite.seeds_of(method, self.seeds)
        ]

    def tasks_of(self, method: Method, pretraining: bool = False) -> list[str]:
        """Names of the tasks that a method takes part in."""
        found = [t.name for t in self.suite.tasks if not t.reason_against(method)]
        own = pretraining and method.kind != "filler"
        return [PRETRAINING, *found] if own else found

    @cached_property
    def runs(self) -> dict[tuple[str, str, int], Result]:
        """Those of the results that belong to the suite as it now is."""
        asked = {
            method.name: set(self.suite.seeds_of(method, self.seeds))
            for method in self.suite.methods
        }
        tasks = {PRETRAINING, *(task.name for task in self.suite.tasks)}
        return {
            (r.method, r.task, r.seed): r
            for r in self.results
            if r.task in tasks and r.seed in asked.get(r.method, ())
        }

    @property
    def done(self) -> list[Result]:
        """Runs with a figure."""
        return [run for run in self.runs.values() if run.status == "done"]

    @property
    def failed(self) -> list[Result]:
        """Runs that ended with an error, in the order of the suite."""
        order = {name: i for i, name in enumerate(self.expected)}
        failed = [run for run in self.runs.values() if run.status == "failed"]
        return sorted(
            failed,
            key=lambda r: (order.get((r.method, r.task, r.seed), len(order)), r.seed),
        )

    @property
    def missing(self) -> list[tuple[str, str, int]]:
        """Runs that the suite asks for and that have not ended."""
        return [key for key in self.expected if key not in self.runs]

    @property
    def left_out(self) -> int:
        """Results of methods, tasks or seeds that the suite does not ask for."""
        return len(self.results) - len(self.runs)

    @cached_property
    def minutes_left(self) -> float | None:
        """Wall minutes that one worker needs for what is missing; None if unknown.

        A run is taken to last as long as those of its method and task, else as those
        of its task.
        """
        total = 0.0
        for method, task, _ in self.missing:
            of_task = [r for r in self.done if r.task == task and r.wall_minutes]
            of_both = [r for r in of_task if r.method == method]
            spent = [r.wall_minutes for r in of_both or of_task]
            if not spent:
                return None
            total += sum(spent) / len(spent)
        return total

    def title(self, name: str) -> str:
        """A method's title by its name."""
        return self.method(name).title

    def method(self, name: str) -> Method:
        """A method by its name."""
        return self.suite.method(name)

    def of(self, method: str, task: str) -> dict[int, Result]:
        """Finished runs by seed."""
        found = {s: self.runs.get((method, task, s)) for s in self.seeds}
        return {s: r for s, r in found.items() if r and r.status == "done"}

    def failures(self, method: str, task: str) -> int:
        """How many of the runs have failed."""
        return sum(r.method == method and r.task == task for r in self.failed)

    def values(self, method: str, task: str) -> dict[int, float]:
        """Figures by seed."""
        return {seed: float(r.value) for seed, r in self.of(method, task).items()}

    def summary(self, method: str, task: str) -> Summary | None:
        """Over the seeds that are there."""
        return summary(list(self.values(method, task).values()))

    def mean_cost(
        self, method: str, name: str, task: str = PRETRAINING
    ) -> float | None:
        """Mean over the seeds of a cost, of pretraining if nothing else is said.

        A method without pretraining spends 0 minutes on it: what it takes to write
        its weights is not training. Speed and memory mean nothing there.
        """
        if task == PRETRAINING and name != "parameters":
            if self.method(method).kind in UNTRAINED:
                return 0.0 if name == "minutes" else None
            # What a descriptor costs is its codebook.
            if self.method(method).kind in CEILINGS and not self.method(method).config:
                return None
        found = [getattr(run, name) for run in self.of(method, task).values()]
        found = [value for value in found if value is not None]
        return sum(found) / len(found) if found else None

    def against_floor(self, method: str, task: str) -> Difference | None:
        """Less the floor, seed by seed; None for the floor itself."""
        if method == self.suite.floor:
            return None
        return self.difference(method, self.suite.floor, task)

    def best_rival(self, method: str, task: str) -> str | None:
        """The other method with the best mean; neither the floor nor a ceiling."""
        return self._first(task, without=(method, self.suite.floor))

    def against_rival(
        self, method: str, task: str
    ) -> tuple[str, Difference | None] | None:
        """The best rival and the difference to it, seed by seed."""
        rival = self.best_rival(method, task)
        if rival is None or not self.values(method, task):
            return None
        return rival, self.difference(method, rival, task)

    def best(self, task: str) -> str | None:
        """The method with the best mean, ceilings aside."""
        return self._first(task)

    def _first(self, task: str, without: Sequence[str] = ()) -> str | None:
        """By the seeds that all who are ranked share, so that no draw decides."""
        found = {
            m.name: values
            for m in self.suite.methods
            if m.name not in without
            and m.kind not in CEILINGS
            and (values := self.values(m.name, task))
        }
        least = min(FEW, max(map(len, found.values()), default=0))
        found = {name: v for name, v in found.items() if len(v) >= least}
        shared = set.intersection(*map(set, found.values())) if found else set()
        if not shared:
            return None
        means = {n: fmean(v[s] for s in sorted(shared)) for n, v in found.items()}
        return max(means, key=means.__getitem__)

    @cached_property
    def compared(self) -> Counter[int]:
        """How many differences to the floor and of claims stand on how many seeds."""
        pairs = [(m.name, self.suite.floor) for m in self.suite.methods]
        pairs = [pair for pair in pairs if pair[0] != pair[1]] + [*self.suite.claims]
        names = {method.name for method in self.suite.methods}
        gaps = [
            self.difference(*pair, task.name)
            for pair in pairs
            if names.issuperset(pair)
            for task in self.suite.tasks
        ]
        return Counter(len(gap.by_seed) for gap in gaps if gap)

    def difference(self, ours: str, theirs: str, task: str) -> Difference | None:
        """Ours less theirs, seed by seed."""
        return difference(self.values(ours, task), self.values(theirs, task))

    def curves(self) -> dict[str, list[Task]]:
        """Tasks that are the points of a curve, in the order of x, by its name."""
        found: dict[str, list[Task]] = {}
        for task in self.suite.tasks:
            if task.curve is not None and task.x is not None:
                found.setdefault(task.curve, []).append(task)
        return {name: sorted(tasks, key=lambda t: t.x) for name, tasks in found.items()}

    def counted(self, read: Callable[[Result], str]) -> Counter[str]:
        """How many finished runs come from where, most first."""
        return Counter(dict(Counter(map(read, self.done)).most_common()))

    def warnings(self) -> list[str]:
        """Why rows of one table may not belong together."""
        found = []
        for task in [PRETRAINING, *(t.name for t in self.suite.tasks)]:
            runs = [run for run in self.done if run.task == task]
            for name in sorted({name for run in runs for name in run.data}):
                count = distinct(run.data[name] for run in runs if name in run.data)
                if count > 1:
                    found.append(f"{task}: the runs saw {count} states of {name}")
            for method in sorted({run.method for run in runs}):
                configs = [_unseeded(r.config) for r in runs if r.method == method]
                if (count := distinct(configs)) > 1:
                    found.append(f"{task}: {count} configs of {self.title(method)}")
        return found


def _unseeded(value: Any) -> Any:
    """A config without what has to differ from seed to seed."""
    if isinstance(value, dict):
        return {k: _unseeded(v) for k, v in value.items() if k != "seed"}
    if isinstance(value, list):
        return [_unseeded(entry) for entry in value]
    return value
