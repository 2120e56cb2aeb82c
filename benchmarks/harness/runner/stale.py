"""Results that a run of the suite, as it now is, would measure anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..results.read import Result
from ..results.store import Store
from ..suite import Suite
from .jobs import list_jobs
from .keys import Keys


def stale_results(
    suite: Suite, results: Sequence[Result], store: Store
) -> Counter[str]:
    """How many finished results are of an earlier config or code, by method.

    Seeds of a method differ in nothing else: the first one that has ended is looked at
    for all. The data is taken to be what the results say that they saw, so that nothing
    of it need be here. A method whose config cannot be built here is passed over.

    Args:
        suite: The suite.
        results: Of any methods, tasks and seeds of it.
        store: Holds the calibrations that budgets were found with.
    """
    done = [run for run in results if run.status == "done"]
    prints = {name: value for run in done for name, value in run.data.items()}
    keys = Keys(suite, prints, store)
    seeds = sorted({run.seed for run in done})
    jobs = {
        (job.method.name, job.name, job.seed): job
        for job in list_jobs(suite, suite.methods, suite.tasks, seeds)
    }
    first: dict[tuple[str, str], Result] = {}
    for run in sorted(done, key=lambda run: run.seed):
        first.setdefault((run.method, run.task), run)
    old = set()
    for (method, task), run in first.items():
        job = jobs.get((method, task, run.seed))
        key = keys.of(job) if job else None
        if key is not None and key != run.key:
            old.add((method, task))
    return Counter(run.method for run in done if (run.method, run.task) in old)
