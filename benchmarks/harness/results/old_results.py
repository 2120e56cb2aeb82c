"""Reads results that earlier versions wrote, in the form that is written today.

There were a folder for each suite with a JSON file for each run, and lines of the
suites ``transfer`` and ``inpainting`` without a status. No key of the last two holds
today: tables show them, and a run measures anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ce_plugin.errors import InputError

from ..suite import CALIBRATION, PRETRAINING

_BUDGET = "budget.json"

Record = dict[str, Any]


def read_old_files(path: Path) -> list[tuple[str, Record]]:
    """Path and content of each result that lies beside a suite's file of lines.

    Args:
        path: ``<suite>.jsonl``. The folder of that name is read.

    Raises:
        InputError: A file is not a JSON object.
    """
    found = []
    folder = path.with_suffix("")
    for file in sorted(folder.rglob("*.json")):
        entries = _load(file)
        if file.name != _BUDGET:
            found.append((f"{file}", entries))
            continue
        for method, known in entries["methods"].items():
            calibration = dict(suite=folder.name, method=method, task=CALIBRATION)
            calibration |= known | dict(device=entries.get("device"))
            found.append((f"{file}", calibration))
    return found


def renewed(entries: Record) -> list[Record]:
    """A line as records of today: itself, or what an earlier version meant by it."""
    if "status" not in entries and entries.get("suite") in _OF_SUITE:
        return _OF_SUITE[entries["suite"]](entries)
    return [entries]


def _rest(old: Record, *taken: str) -> Record:
    """What a line had that no record has today, so that nothing is lost."""
    rest = {name: value for name, value in old.items() if name not in taken}
    return dict(earlier=rest) if rest else {}


def _transfer(old: Record) -> list[Record]:
    """A line of the suite 'transfer' had its pretraining's minutes."""
    same = ("suite", "method", "task", "seed", "metric", "value", "minutes", "config")
    kept = {name: old[name] for name in same if name in old}
    judged = ("layer", "layers", "ious", "points11")
    figures = {name: old[name] for name in judged if name in old}
    record = kept | dict(status="done", figures=figures, device=old.get("machine", {}))
    record |= _rest(old, *same, *judged, "machine", "pretraining_minutes")
    if not old.get("pretraining_minutes"):
        return [record]
    pretraining = {k: record[k] for k in ("suite", "method", "seed", "device")}
    pretraining |= dict(task=PRETRAINING, status="done", value=None)
    return [record, pretraining | dict(minutes=old["pretraining_minutes"])]


def _fill(old: Record) -> list[Record]:
    """A line of the suite 'inpainting' had masks and pictures in place of a task."""
    figures = ("total", "deciles", "by_picture", "seconds_per_picture", "notes")
    same = ("suite", "method", "seed", "versions", "commit", "device", "key")
    record = {name: old[name] for name in same if name in old}
    record |= _rest(old, *same, *figures, "data", "masks", "data_fingerprint")
    return [
        record
        | dict(
            task=f"{old['data']}-{old['masks']}",
            status="done",
            metric="PSNR in the hole, dB",
            value=old["total"]["hole"]["psnr"],
            data=dict(pretraining=old.get("data_fingerprint")),
            figures={name: old[name] for name in figures if name in old},
        )
    ]


_OF_SUITE = dict(transfer=_transfer, inpainting=_fill)


def _load(path: Path) -> Record:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); delete it") from error
    if not isinstance(entries, dict):
        raise InputError(f"{path} is no result; delete it")
    return entries
