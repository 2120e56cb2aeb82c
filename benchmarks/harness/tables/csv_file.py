"""CSV: one line a run."""

from __future__ import annotations

import csv
import io
import json

from .leaderboard import Leaderboard

COLUMNS = (
    *("suite", "method", "task", "seed", "status", "metric", "value", "error"),
    *("curve", "x", "minutes", "wall_minutes", "images_per_second"),
    *("peak_memory_mb", "device_memory_mb", "parameters"),
    *("commit", "device", "data", "figures", "key"),
)


def csv_text(board: Leaderboard) -> str:
    """Every run that the suite asks for; what is missing has that status, no figure."""
    text = io.StringIO()
    out = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    out.writeheader()
    tasks = {task.name: task for task in board.suite.tasks}
    for method, name, seed in board.expected:
        task = tasks.get(name)
        row = dict(suite=board.suite.name, method=method, task=name, seed=seed)
        row |= dict(curve=task.curve, x=task.x, metric=task.metric) if task else {}
        run = board.runs.get((method, name, seed))
        if run is None:
            out.writerow(row | dict(status="missing"))
            continue
        found = {k: getattr(run, k) for k in COLUMNS if hasattr(run, k)}
        for nested in ("device", "data", "figures"):
            found[nested] = json.dumps(found[nested], sort_keys=True)
        out.writerow(row | found)
    return text.getvalue()
