"""Memory-maps files of other frameworks, of which little may be needed."""

from __future__ import annotations

import mmap
from pathlib import Path

from ce_plugin.errors import InputError


def map_file(path: str | Path) -> mmap.mmap:
    """The bytes of a file, read as they are asked for.

    Raises:
        InputError: There is no such file, or it is empty.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a file of weights")
    if not path.is_file():
        raise InputError(f"no file {path.resolve()}")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty")
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def printable(text: str, most: int = 60) -> str:
    """Text from a file, made fit for one line of a terminal."""
    text = "".join(c if c.isprintable() else "?" for c in text[: most + 1])
    return text if len(text) <= most else f"{text[: most - 3]}..."
