"""Results as earlier versions left them: a folder a suite, a JSON file a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ce_plugin.errors import InputError

CALIBRATION = "calibration"
"""The task under which the length of a method's step is kept."""
_BUDGET = "budget.json"


def read_old_results(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Path and entries of each result, in the order of the paths.

    Args:
        folder: Of the suite; need not be there.

    Raises:
        InputError: A file is no JSON object.
    """
    found = []
    for path in sorted(folder.rglob("*.json")):
        try:
            entries = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read ({error}); delete it") from error
        if not isinstance(entries, dict):
            raise InputError(f"{path} is no result; delete it")
        if path.name != _BUDGET:
            found.append((f"{path}", entries))
            continue
        for method, known in entries["methods"].items():
            calibration = dict(suite=folder.name, method=method, task=CALIBRATION)
            calibration |= known | dict(device=entries.get("device"))
            found.append((f"{path}", calibration))
    return found
