"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def last_checkpoint(work_dir: str | Path) -> str | None:
    """The checkpoint that a run in ``work_dir`` has named last, None where none is."""
    name = Path(work_dir, "last_checkpoint")
    return name.read_text().strip() if name.is_file() else None


def replace_file(part: Path, path: Path) -> None:
    """Puts the finished ``part`` in the place of ``path``; a crash loses neither.

    The contents reach the disk before the name does.

    Args:
        part: The new file, in the same folder.
        path: Its final name; what is there is replaced.
    """
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
