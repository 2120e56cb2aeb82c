"""Arrays that are made once and kept in a cache, for all processes to map."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock
from mmengine.logging import print_log

Arrays = Mapping[str, np.ndarray]


def cache_home() -> Path:
    """The user's cache folder: ``~/.cache/ce_plugin``.

    ``XDG_CACHE_HOME`` in the environment replaces ``~/.cache``.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home, "ce_plugin")


def load_arrays(folder: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a folder, mapped; None where there is none."""
    try:
        files = sorted(folder.glob("*.npy"))
        # Plain views: a memmap's own class makes each access several times slower.
        found = {f.stem: np.load(f, mmap_mode="r").view(np.ndarray) for f in files}
    except (OSError, ValueError):
        return None
    return found or None


def save_arrays(folder: Path, arrays: Arrays) -> bool:
    """Writes a folder of arrays, whole or not at all; whether it is there now.

    Where another process has written it meanwhile, that one's stays.
    """
    part = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        for name, array in arrays.items():
            with open(part / f"{name}.npy", "wb") as file:
                np.save(file, array)
                file.flush()
                os.fsync(file.fileno())
        part.rename(folder)
    except OSError as error:
        if folder.is_dir():
            return True
        print_log(
            f"the index of the pictures cannot be kept in {folder.parent} ({error}); "
            "going on without: the next start looks at all pictures again (make room, "
            "or set XDG_CACHE_HOME to another folder)",
            "current",
            logging.WARNING,
        )
        return False
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
    return True


def kept_arrays(folder: Path, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a folder; where there are none, one process makes them."""
    found = load_arrays(folder)
    if found is not None:
        return found
    with only_one(folder.parent):
        found = load_arrays(folder)
        if found is not None:
            return found
        made = make()
        if save_arrays(folder, made):
            return load_arrays(folder) or made
        return made


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """A lock for one process at a time; the system releases that of a dead one.

    Where no lock can be had (a full or read-only disk, a file system without locks),
    several may be in at once: they do the same work and come to the same result.
    """
    lock = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire()
    except (OSError, NotImplementedError):
        lock = None
    try:
        yield
    finally:
        if lock is not None:
            lock.release()
