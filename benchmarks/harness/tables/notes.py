"""Sentences about a table, the same in every format."""

from __future__ import annotations

from collections import Counter

from ..results.read import Result
from ..suite import PRETRAINING, Images, Minutes
from .formatting import spent_text
from .leaderboard import Leaderboard
from .statistics import what_seeds_show


def progress(board: Leaderboard) -> str:
    """How many of the suite's runs are done, failed and missing."""
    total, missing = len(board.expected), len(board.missing)
    failed = len(board.failed)
    text = (
        f"{total - missing - failed} of {total} runs done, {failed} failed, "
        f"{missing} missing"
    )
    if missing:
        left = board.minutes_left
        text += (
            "; time left not known yet"
            if left is None
            else f"; about {spent_text(left)} left for one worker"
        )
    return text + "."


def budget(board: Leaderboard) -> str:
    """What every method could spend."""
    given = board.suite.budget
    if isinstance(given, Minutes):
        return f"Equal time for every method: {given.minutes:g} minutes of pretraining."
    if isinstance(given, Images):
        return f"Equal pictures for every method: {given.images:,} seen in pretraining."
    return "Every method trains as its own config says."


def provenance(board: Leaderboard) -> list[str]:
    """Commits, devices and versions of the rows, and what does not fit together."""
    commits = board.counted(lambda run: run.commit or "unknown")
    devices = board.counted(_device)
    versions = _versions(board)
    lines = [
        _counts("commit", commits) if commits else "No run has ended yet.",
        _counts("device", devices) if devices else "",
        f"Versions: {versions}." if versions else "",
    ]
    if board.left_out:
        lines.append(
            f"Left out: {board.left_out} results of methods, tasks or seeds that are "
            "not asked for."
        )
    if board.stale:
        listed = ", ".join(
            f"{count} of {board.title(name)}" for name, count in board.stale.items()
        )
        lines.append(
            "Of an earlier config or version of the code, to be measured anew by the "
            f"next run: {sum(board.stale.values())} results ({listed})."
        )
    if board.warnings():
        lines.append(f"Take care: {'; '.join(board.warnings())}.")
    return [line for line in lines if line]


def _counts(what: str, found: Counter[str]) -> str:
    listed = "; ".join(f"{name}: {count} runs" for name, count in found.items())
    return f"From {len(found)} {what}{'s' * (len(found) > 1)} ({listed})."


def _device(run: Result) -> str:
    if (gpu := run.device.get("gpu")) and gpu != "none":
        return str(gpu)
    cores = run.device.get("cores")
    return f"{run.device.get('cpu', 'unknown')}" + (f", {cores} cores" if cores else "")


def _versions(board: Leaderboard) -> str:
    found: dict[str, dict[str, None]] = {}
    for run in board.done:
        for name, version in run.versions.items():
            found.setdefault(name, {})[str(version)] = None
    return ", ".join(f"{name} {' and '.join(v)}" for name, v in found.items())


def failures(board: Leaderboard) -> list[str]:
    """One line for each method, task and error, with its seeds."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for run in board.failed:
        error = " ".join((run.error or "no error was given").split())
        found.setdefault((run.method, run.task, error), []).append(str(run.seed))
    titles = {task.name: task.title for task in board.suite.tasks}
    titles[PRETRAINING] = PRETRAINING
    return [
        f"{board.title(method)}, {titles[task]}, seed{'s' * (len(seeds) > 1)} "
        f"{', '.join(seeds)}: {error}"
        for (method, task, error), seeds in found.items()
    ]


def missing(board: Leaderboard) -> list[str]:
    """One line for each method of which something is missing."""
    found: dict[str, dict[str, list[str]]] = {}
    for method, task, seed in board.missing:
        found.setdefault(method, {}).setdefault(task, []).append(str(seed))
    return [
        f"{board.title(method)}: "
        + "; ".join(f"{task} (seed {', '.join(s)})" for task, s in tasks.items())
        for method, tasks in found.items()
    ]


def how_to_read(board: Leaderboard) -> list[str]:
    """What the intervals mean; a suite's own tables have it in their notes."""
    if board.suite.tables:
        return []
    counts = sorted(board.compared) or [len(board.seeds)]
    if len(counts) == 1:
        return [what_seeds_show(counts[0])]
    # Those on a single seed have no interval, and say that they are on one.
    fewest = next(count for count in counts if count > 1)
    return [
        f"Differences stand on {counts[0]} to {counts[-1]} seeds. Of those on "
        f"{fewest}: {what_seeds_show(fewest)}"
    ]
