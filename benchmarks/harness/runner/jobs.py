"""The runs that a suite consists of, and the order they come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..suite import PRETRAINING, Method, Suite, Task


@dataclass
class Job:
    """A pretraining run, or a task.

    Attributes:
        method: Method of the run.
        seed: Seed of the run.
        task: The task; None for pretraining.
        needs: Pretraining run whose encoder the task measures; None for pretraining
            and for a filler that needs no network.
        done: Whether there is a result that still holds.
        error: Why the run failed, in one line.
    """

    method: Method
    seed: int
    task: Task | None = None
    needs: Job | None = None
    done: bool = False
    error: str | None = None

    @property
    def name(self) -> str:
        """Name of the task in results; 'pretraining' for pretraining."""
        return self.task.name if self.task else PRETRAINING

    def __str__(self) -> str:
        return f"{self.method.name} seed {self.seed}: {self.name}"


def reason(error: Exception) -> str:
    """Why a run failed, in words; never empty, which would mean that it has not."""
    return f"{error}" or type(error).__name__


def list_jobs(
    suite: Suite,
    methods: Sequence[Method],
    tasks: Sequence[Task],
    seeds: Sequence[int],
) -> list[Job]:
    """All jobs, seed by seed, so that an unfinished table has whole seeds.

    Args:
        suite: The suite.
        methods: Methods to run. What their fillers need is pretrained as well.
        tasks: Tasks to run.
        seeds: Seeds to run.
    """
    found: list[Job] = []
    for seed in seeds:
        trained: dict[str, Job] = {}
        for method in methods:
            if seed not in suite.seeds_of(method, seeds):
                continue
            first = None
            name = method.trained_as if method.kind == "filler" else method.name
            if name:
                if name not in trained:
                    trained[name] = Job(suite.method(name), seed)
                    found.append(trained[name])
                first = trained[name]
            found += [
                Job(method, seed, task, first)
                for task in tasks
                if not task.reason_against(method)
            ]
    return found
