"""Finds the last checkpoint of a run."""

from __future__ import annotations

from pathlib import Path


def last_checkpoint(work_dir: str | Path) -> str | None:
    """The checkpoint that a run in ``work_dir`` has named last, None where none is."""
    name = Path(work_dir, "last_checkpoint")
    return name.read_text(encoding="utf-8").strip() if name.is_file() else None
