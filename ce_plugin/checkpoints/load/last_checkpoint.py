"""Finds the last checkpoint of a run."""

from __future__ import annotations

from pathlib import Path


def last_checkpoint(work_dir: str | Path) -> str | None:
    """The checkpoint that a run in ``work_dir`` has named last, None where none is.

    The folder may have been moved or copied since; the file of that name in it is taken
    before the one at the path that is written down.
    """
    name = Path(work_dir, "last_checkpoint")
    if not name.is_file():
        return None
    named = name.read_text(encoding="utf-8").strip()
    here = Path(work_dir, Path(named).name)
    return str(here) if here.is_file() else named
