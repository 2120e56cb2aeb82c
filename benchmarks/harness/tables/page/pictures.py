"""Reconstructions that the results name and a work directory still has."""

from __future__ import annotations

from pathlib import Path

from ...suite import PRETRAINING
from ..leaderboard import Leaderboard

_PNG = b"\x89PNG\r\n\x1a\n"


def pictures(
    board: Leaderboard, work: Path | None
) -> tuple[list[tuple[str, bytes]], int]:
    """Captions and PNG bytes, of the first seed of each method that has any.

    Args:
        board: Its results name pictures by paths inside the work directory.
        work: The work directory, or None.

    Returns:
        What was found, and how many named pictures were not found or are no PNG.
    """
    found, lost = [], 0
    for method in board.suite.methods:
        tasks = [PRETRAINING, *(task.name for task in board.suite.tasks)]
        runs = [r for t in tasks for r in board.of(method.name, t).values()]
        runs = [run for run in runs if run.pictures]
        for run in runs[:1]:
            for name in run.pictures:
                png = _read(work, name) if work else None
                if png is None:
                    lost += 1
                else:
                    found.append((f"{method.title}, seed {run.seed}", png))
    return found, lost


def _read(work: Path, name: str) -> bytes | None:
    path = (work / name).resolve()
    if not path.is_relative_to(work.resolve()) or not path.is_file():
        return None
    data = path.read_bytes()
    return data if data.startswith(_PNG) else None
