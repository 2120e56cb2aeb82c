"""The names and sizes of all pictures, kept for the next start.

The index of a folder lies in the user's cache (:func:`~.array_cache.cache_home`) and
serves as long as no folder in it has changed: adding, removing or renaming a file
changes its folder's time. A file that is overwritten in place does not; that is seen
only where it meets one of the ``SAMPLED`` files whose sizes are compared. Pictures are
read by their names, so that an index out of date can never give a wrong picture: what
it can get wrong is which files are byte for byte copies.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.dist import get_world_size
from mmengine.logging import print_log

from .array_cache import (
    Arrays,
    cache_home,
    kept_arrays,
    load_arrays,
    only_one,
    save_arrays,
)
from .files import EXTENSIONS, file_size, find_pictures
from .name_table import Names, fingerprint

FORMAT = 1
FEWEST_KEPT = 10_000
"""Fewer pictures than this are looked at anew each time; it takes a moment."""
SAMPLED = 256
_SETTLED = 2 * 10**9
"""Nanoseconds: some file systems' clocks are no finer. What has changed within them may
change again without a sign."""
_SLOW = 500e-6
"""Seconds a file from which on it is a network that is waited for."""


@dataclass(frozen=True)
class Index:
    """Names and sizes of pictures.

    Attributes:
        names: Without doubles, in the order that splits and streams are made of.
        sizes: int64 (N,), bytes of each; -1 where there is no file.
        fingerprint: 16 hexadecimal digits that follow from both.
        folder: Where what follows from this index may be kept; None for nowhere.
        arrays: What the kind of data needs beside.
    """

    names: Names
    sizes: np.ndarray
    fingerprint: str
    folder: Path | None = None
    arrays: Arrays | None = None

    @classmethod
    def of(cls, names: Iterable[str], path_of: Callable[[str], str]) -> Index:
        """The index of names in any order, perhaps repeated; reads the files' sizes."""
        known = sorted(set(names))
        sizes = file_sizes(known, path_of)
        names = Names.of(known)
        return cls(names, sizes, fingerprint(names, sizes))

    def kept(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        """The arrays that ``make`` returns, from the cache where they are there."""
        return make() if self.folder is None else kept_arrays(self.folder / key, make)

    def note_unreadable(self, paths: Iterable[str]) -> None:
        """Writes down which pictures could not be read, for people."""
        if self.folder is None:
            return
        path = self.folder / "unreadable.txt"
        # A name may be in any encoding; its bytes are written as they are.
        text = dict(encoding="utf-8", errors="surrogateescape")
        try:
            known = set(path.read_text(**text).splitlines()) if path.exists() else set()
            with open(path, "a", **text) as file:
                file.writelines(f"{p}\n" for p in paths if p not in known)
        except OSError:
            return  # the log of the run names them too


def file_sizes(names: Iterable[str], path_of: Callable[[str], str]) -> np.ndarray:
    """int64, bytes of each name's file, -1 where there is none.

    Where a file takes a network's time, sixteen are asked for at once.
    """
    names = list(names)
    blocks = (names[first : first + 500] for first in range(0, len(names), 500))

    def ask(block: list[str]) -> np.ndarray:
        return np.array([file_size(path_of(name)) for name in block], np.int64)

    began = time.perf_counter()
    parts = [ask(next(blocks, []))]
    slow = time.perf_counter() - began > _SLOW * max(1, len(parts[0]))
    if slow:
        with ThreadPoolExecutor(16) as pool:
            parts += pool.map(ask, blocks)
    else:
        parts += map(ask, blocks)
    return np.concatenate(parts)


def open_folder(root: str) -> Index:
    """The index of all pictures in a folder: the one kept, or a new one.

    Of many processes that share a cache, one makes it and the others wait.

    Raises:
        InputError: There is no picture.
    """
    key = f"{FORMAT}\0{os.path.realpath(root)}\0{EXTENSIONS}"
    place = cache_home() / "pictures" / digest(key)
    found = _current(place, root)
    if found is None:
        with only_one(place) if get_world_size() > 1 else nullcontext():
            found = _current(place, root) or _scan(place, root)
    if found.folder is not None and (found.folder / "unreadable.txt").exists():
        print_log(
            "some of these pictures could not be read in earlier runs: "
            f"{found.folder / 'unreadable.txt'}",
            "current",
            logging.WARNING,
        )
    return found


def _current(place: Path, root: str) -> Index | None:
    for folder in sorted(place.glob("index-*")):
        arrays = load_arrays(folder)
        if arrays is not None and _fits(arrays, root):
            return index_of(arrays, folder)
    return None


def _fits(arrays: Arrays, root: str) -> bool:
    """Whether nothing has changed since."""
    try:
        folders = Names(arrays["folders"], arrays["folder_ends"])
        names = Names(arrays["names"], arrays["ends"])
        for folder, changed in zip(folders, arrays["changed"].tolist()):
            if os.stat(os.path.join(root, folder)).st_mtime_ns != changed:
                return False
        for number in np.linspace(0, len(names) - 1, SAMPLED).astype(int).tolist():
            size = file_size(os.path.join(root, names[number]))
            if size != arrays["sizes"][number]:
                return False
    except (OSError, KeyError):
        return False
    return True


def _scan(place: Path, root: str) -> Index:
    began, now = time.perf_counter(), time.time_ns()
    changed: dict[str, int] = {}
    found = find_pictures(root, changed)
    sizes = file_sizes(found, lambda name: os.path.join(root, name))
    names, folders = Names.of(found), Names.of(changed)
    times = np.array(list(changed.values()), np.int64)
    arrays = dict(
        names=names.text,
        ends=names.ends,
        sizes=sizes,
        fingerprint=np.array(fingerprint(names, sizes)),
        folders=folders.text,
        folder_ends=folders.ends,
        changed=times,
    )
    if len(names) < FEWEST_KEPT or times.max() > now - _SETTLED:
        return index_of(arrays, None)
    folder = place / f"index-{digest(times.tobytes() + str(now).encode())}"
    where = f"{len(folders)} folders of {os.path.abspath(root)}"
    return keep_index(folder, arrays, where, began)


def keep_index(folder: Path, arrays: Arrays, where: str, began: float) -> Index:
    """Writes a new index in the place of older ones beside it, and logs that.

    Args:
        folder: The folder to write.
        arrays: The arrays of the index.
        where: What has been looked through, for the log.
        began: When that began, by :func:`time.perf_counter`.
    """
    if not save_arrays(folder, arrays):
        return index_of(arrays, None)
    for old in folder.parent.glob("index-*"):
        if old != folder:
            # Whoever reads it has mapped it, and keeps it until the end.
            shutil.rmtree(old, ignore_errors=True)
    print_log(
        f"found {len(arrays['ends'])} pictures in {where} in "
        f"{time.perf_counter() - began:.1f} s; kept in {folder}",
        "current",
    )
    return index_of(load_arrays(folder) or arrays, folder)


def index_of(arrays: Arrays, folder: Path | None) -> Index:
    """The index whose arrays these are."""
    names = Names(arrays["names"], arrays["ends"])
    return Index(names, arrays["sizes"], str(arrays["fingerprint"]), folder, arrays)


def digest(key: str | bytes) -> str:
    """16 hexadecimal digits."""
    data = key if isinstance(key, bytes) else key.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=8).hexdigest()
