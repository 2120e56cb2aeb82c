"""Results of a suite in one file of JSON lines, which is only ever appended to.

One file a suite, and not one for each method: what a table is made of is read in one
go, a suite's past is one file's history, and a line holds a run anyway. Git joins two
such files line by line (``.gitattributes``).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic

from ..suite import RESULTS
from .old_results import Record, read_old_files, renewed

SHARED = ("config", "versions")
"""Entries that many runs have in common. Each of their values has a line of its own,
``{"id": ..., "value": ...}``, and results name it: nine tenths of the file less."""

IDENTITY = ("method", "task", "seed")
"""Entries that tell one result from another."""


class Store:
    """The results of one suite.

    Results are told apart by method, task and seed; of several lines of one result the
    last counts. Lines are written whole under a lock, with one call, and synchronised
    with the disk, so that two writers never mix and a kill can only cut off the last
    line. Such a line is named (:attr:`torn`) and overwritten by the next one.

    Args:
        path: ``<suite>.jsonl``. Files that earlier versions left beside it are read as
            well; lines take precedence over them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.torn: str | None = None
        self._shared: dict[str, Any] = {}
        self._found: dict[tuple, tuple[str, Record]] = {}
        self._seen: tuple | None = None
        self._lock = threading.RLock()

    def get(self, method: str, task: str, seed: int | None) -> Record | None:
        """The last result of this method, task and seed; None where there is none."""
        with self._lock:
            self._refresh()
            return self._found.get((method, task, seed), (None, None))[1]

    def records(self) -> list[tuple[str, Record]]:
        """The place of each result, in words, and the result, oldest first.

        Raises:
            InputError: A line other than the last is no JSON object.
        """
        with self._lock:
            self._refresh()
            return list(self._found.values())

    def tell_torn(self) -> None:
        """Warns on stderr where a line was cut off."""
        with self._lock:
            self._refresh()
        if self.torn:
            print(f"warning: {self.torn}", file=sys.stderr)

    def append(
        self,
        record: Mapping[str, Any],
        stays: Callable[[Record], bool] | None = None,
    ) -> None:
        """Adds a result, whole or not at all.

        Args:
            record: The result.
            stays: Says of the result that is there already, of the same method, task
                and seed, whether it is kept and nothing added. No other writer comes
                between that and the new line.

        Raises:
            InputError: It cannot be written, for want of room or permission.
        """
        with self._lock, self._opened() as file:
            self._read(file)
            _, before = self._found.get(_identity(record), (None, None))
            if stays and before and stays(before):
                return
            text = "".join(self._lines(record, self._shared)).encode()
            _mend_end(file)
            size = file.seek(0, os.SEEK_END)
            try:
                if file.write(text) < len(text):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise

    def compact(self) -> tuple[int, int]:
        """Keeps the last line of each result and takes in what earlier versions left.

        Returns:
            Number of lines before and after.
        """
        with self._lock, self._opened() as file:
            before = file.read().count(b"\n")
            self._read(file)
            shared: dict[str, Any] = {}
            kept = [
                line
                for _, record in self._found.values()
                for line in self._lines(record, shared)
            ]
            # In place of the file that is locked: who waits for it looks again.
            write_atomic(self.path, "".join(kept))
            self._seen = None
            return before, len(kept)

    def _lines(self, record: Mapping[str, Any], shared: dict[str, Any]) -> list[str]:
        """The record's line, behind those of shared values that are not there yet."""
        record, lines = dict(record), []
        for name in SHARED:
            if not isinstance(record.get(name), Mapping):
                continue
            text = _dump(record[name])
            at = hashlib.sha256(text.encode()).hexdigest()[:12]
            if at not in shared:
                shared[at] = json.loads(text)
                lines.append(f"{_dump(dict(id=at, value=shared[at]))}\n")
            record[name] = at
        return [*lines, f"{_dump(record)}\n"]

    def _refresh(self) -> None:
        """Reads the file again where it is not as it was."""
        try:
            with open(self.path, "rb") as file:
                if _signature(file) == self._seen:
                    return
                fcntl.flock(file, fcntl.LOCK_SH)
                self._read(file)
        except FileNotFoundError:
            if self._seen != ():
                self._shared, self._found, self.torn = {}, self._old(), None
                self._seen = ()

    def _read(self, file: BinaryIO) -> None:
        file.seek(0)
        seen, content = _signature(file), file.read()
        self._shared, self._found, self.torn = {}, self._old(), None
        *whole, last = content.split(b"\n")
        for number, line in enumerate(whole, 1):
            self._take(f"{self.path}, line {number}", _parse(line))
        if last and (entries := _parse(last)) is not None:
            self._take(f"{self.path}, line {len(whole) + 1}", entries)
        elif last:
            start = last[:60].decode(errors="replace")
            self.torn = (
                f"{self.path}: line {len(whole) + 1}, {start} ..., was cut off while "
                "it was written; its run counts as not done, all others hold"
            )
        self._seen = seen

    def _take(self, where: str, entries: Record | None) -> None:
        if entries is None:
            raise InputError(f"{where} is no JSON object; mend or remove the line")
        if set(entries) == {"id", "value"}:
            self._shared[entries["id"]] = entries["value"]
            return
        for name in SHARED:
            if isinstance(at := entries.get(name), str):
                if at not in self._shared:
                    raise InputError(
                        f"{where}: its {name}, {at}, stands in no line before it; "
                        "remove the line and run the suite again"
                    )
                entries[name] = self._shared[at]
        for record in renewed(entries):
            self._found[_identity(record)] = where, record

    def _old(self) -> dict[tuple, tuple[str, Record]]:
        found = read_old_files(self.path)
        return {_identity(entries): (where, entries) for where, entries in found}

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """The file, locked for this writer alone."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            while True:
                with open(self.path, "a+b", buffering=0) as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    # While this waited, another may have compacted it.
                    if _signature(file)[:2] == _inode(self.path):
                        file.seek(0)
                        yield file
                        return
        except OSError as error:
            raise InputError(f"cannot write {self.path} ({error})") from error


def results_of(suite: str, folder: Path = RESULTS) -> Store:
    """The store of a suite.

    Args:
        suite: Name of the suite.
        folder: Folder of all suites' results.
    """
    return Store(folder / f"{suite}.jsonl")


def _identity(record: Record) -> tuple:
    return tuple(record.get(name) for name in IDENTITY)


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _parse(line: bytes) -> Record | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _mend_end(file: BinaryIO) -> None:
    """Ends the last line: completes one that lacks its end alone, drops a torn one."""
    file.seek(0)
    last = file.read().rpartition(b"\n")[2]
    if last and _parse(last) is not None:
        file.write(b"\n")
    elif last:
        file.truncate(file.seek(0, os.SEEK_END) - len(last))


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _signature(file: BinaryIO) -> tuple:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
