"""One start at a time in a work directory."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ce_plugin.errors import InputError


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Holds ``folder`` for this process; the system lets go of it when it ends.

    Raises:
        InputError: Another process holds it, or nothing can be written there.
    """
    lock = folder / ".lock"
    try:
        lock.write_bytes(b"")
    except OSError as error:
        raise InputError(
            f"cannot write in {folder} ({error}); choose another --work-dir"
        ) from error
    with open(lock, "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"another run works in {folder}; wait for it, or take --work-dir"
            ) from error
        yield
