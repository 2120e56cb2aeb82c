"""Works off the jobs of a suite, one worker for each GPU or group of cores."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from .bench import Bench
from .jobs import Job, reason


def work_off(
    bench: Bench, jobs: Sequence[Job], workers: int, gpus: int, threads: int
) -> None:
    """Runs what is not done, in order; one that fails ends no other.

    Args:
        bench: Runs them.
        jobs: All of the suite, those that are done too.
        workers: At a time.
        gpus: Where there are any, each worker sees one of them.
        threads: Number of threads of a worker on the CPU.

    Raises:
        KeyboardInterrupt: After all that was running has ended.
    """
    queue = _Queue(bench, jobs)

    def worker(number: int) -> None:
        variables = dict(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
        variables["CUDA_VISIBLE_DEVICES"] = str(number % gpus) if gpus else ""
        while (job := queue.take()) is not None:
            queue.put_back(job, *_run(bench, job, variables, queue.calibrating))

    crew = [
        threading.Thread(target=worker, args=(i,), daemon=True) for i in range(workers)
    ]
    for thread in crew:
        thread.start()
    try:
        for thread in crew:
            # With a limit, so that an interrupt gets through.
            while thread.is_alive():
                thread.join(0.5)
    except KeyboardInterrupt:
        bench.processes.stop()
        for thread in crew:
            thread.join(30)
        raise


def _run(bench: Bench, job: Job, variables, calibrating) -> tuple[dict | None, float]:
    began = time.perf_counter()
    try:
        known = bench.dry or bench.keys.of(job) is not None
        if not (known or job.task or job.error):
            _calibrate(bench, job, variables, calibrating)
        result = bench.run(job, variables)
    except Exception as error:
        job.error = job.error or f"{type(error).__name__}: {error}"
        result = None
    return result, (time.perf_counter() - began) / 60


def _calibrate(bench: Bench, job: Job, variables, calibrating) -> None:
    """Finds the budget of the job's method, once for all its seeds."""
    # One at a time: they share a file.
    with calibrating:
        if bench.keys.of(job) is not None or job.error:
            return
        try:
            bench.calibrate(job.method, variables)
        except Exception as error:
            job.error = reason(error)


def _shared(job: Job) -> tuple | None:
    """What one run does for several jobs."""
    if job.task is None or not job.task.shared_run:
        return None
    return job.method.name, job.seed, job.task.shared_run


class _Queue:
    """The jobs that wait, those that run, and how long the rest will take."""

    def __init__(self, bench: Bench, jobs: Sequence[Job]) -> None:
        self.bench, self.jobs = bench, jobs
        self.waiting = [job for job in jobs if not job.done]
        self.hand: list[Job] = []
        self.free = threading.Condition()
        self.calibrating = threading.Lock()
        self.minutes: dict[str, list[float]] = {}
        for job in jobs:
            result = bench.result_of(job) if job.done else None
            if result and result.get("wall_minutes"):
                self.minutes.setdefault(job.name, []).append(result["wall_minutes"])

    def take(self) -> Job | None:
        """The first job whose encoder is there; None where nothing is left.

        What another is about to have done for it as well waits for that.
        """
        with self.free:
            while self.waiting and not self.bench.processes.stopped:
                busy = {shared for job in self.hand if (shared := _shared(job))}
                for job in self.waiting:
                    before = job.needs
                    ready = before is None or before.done or before.error
                    if ready and _shared(job) not in busy:
                        self.waiting.remove(job)
                        self.hand.append(job)
                        return job
                self.free.wait(1)
            return None

    def put_back(self, job: Job, result: dict | None, minutes: float) -> None:
        """Notes how a job ended, and says so."""
        with self.free:
            self.hand.remove(job)
            self.free.notify_all()
            if self.bench.processes.stopped:
                return
            if result and result["status"] == "done":
                self.minutes.setdefault(job.name, []).append(minutes)
            ended = len(self.jobs) - len(self.waiting) - len(self.hand)
            value = result and result["value"]
            figure = "" if value is None else f" {value:.4g}"
            state = f"FAILED: {job.error}" if job.error else f"done{figure}"
            # Whoever reads along may have gone; the work goes on.
            with suppress(OSError, ValueError):
                print(
                    f"[{ended}/{len(self.jobs)}] {job}: {state} in {minutes:.1f} min; "
                    f"left: {self._left()}",
                    flush=True,
                )

    def _left(self) -> str:
        """Time for all that waits, from what runs of the same kind have taken."""
        open_jobs = [*self.waiting, *self.hand]
        if not open_jobs:
            return "nothing"
        if any(job.name not in self.minutes for job in open_jobs):
            return "not known yet"
        total = sum(statistics.mean(self.minutes[job.name]) for job in open_jobs)
        workers = max(1, threading.active_count() - 1)
        return str(timedelta(minutes=round(total / workers)))[:-3] + " h"
