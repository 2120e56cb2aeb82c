"""Bytes of large files by their places, on a disk or behind fsspec."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from ce_plugin.datasets.files import is_picture, need_folder
from ce_plugin.errors import InputError
from ce_plugin.optional import require

ENDINGS = (".tar", ".zip")
MOST_OPEN = 64
"""Files that one process holds open."""
_WAITS = (0.5, 2, 8)
"""Seconds before a failed request to a network is made again."""
_BRACES = re.compile(r"\{([^{}]*)\}")


def roots_of(data_root: str | os.PathLike | Sequence[str | os.PathLike]) -> list[str]:
    """The paths of a ``data_root``: its own, or those of a list.

    Raises:
        InputError: One of them is no path.
    """
    one = isinstance(data_root, str | os.PathLike)
    try:
        return [os.fspath(root) for root in ([data_root] if one else data_root)]
    except TypeError as error:
        raise InputError(
            f"data_root is a path or a list of such, not {data_root!r}"
        ) from error


def is_remote(path: str) -> bool:
    """Whether a path is read through fsspec, such as ``s3://bucket/a.tar``."""
    return "://" in path


def names_shards(data_root: str) -> bool:
    """Whether a path is a tar or zip, a range of them, or a folder of nothing else.

    Raises:
        InputError: A folder has archives and loose pictures: which of them is meant
            cannot be told.

    Example:
        >>> names_shards("train-{000..146}.tar"), names_shards("list.txt")
        (True, False)
    """
    if data_root.lower().endswith((*ENDINGS, ".tgz", ".tar.gz")) or is_remote(
        data_root
    ):
        return True
    if not os.path.isdir(data_root):
        return False
    with os.scandir(data_root) as entries:
        seen = [entry for entry in entries if not entry.name.startswith(".")]
    # Folders of pictures beside which an archive was left are folders of pictures.
    shards = [entry.name for entry in seen if entry.name.lower().endswith(ENDINGS)]
    if not shards or any(entry.is_dir() for entry in seen):
        return False
    loose = next((entry.name for entry in seen if is_picture(entry.name)), None)
    if loose is not None:
        raise InputError(
            f"{os.path.abspath(data_root)} has archives ({shards[0]}) and loose "
            f"pictures ({loose}): move one kind elsewhere"
        )
    return True


def expand(pattern: str) -> list[str]:
    """All names of a pattern with braces, in order.

    Example:
        >>> expand("{a,b}-{08..10}.tar")[1:4]
        ['a-09.tar', 'a-10.tar', 'b-08.tar']
    """
    parts = _BRACES.split(pattern)
    return ["".join(p) for p in itertools.product(*map(_choices, parts, range(10**6)))]


def _choices(part: str, place: int) -> list[str]:
    if place % 2 == 0:
        return [part]
    ends = re.fullmatch(r"(\d+)\.\.(\d+)", part)
    if ends is None:
        return part.split(",")
    first, last = ends.groups()
    return [f"{i:0{len(first)}d}" for i in range(int(first), int(last) + 1)]


class ShardFiles:
    """The files of a ``data_root``; parts of them are read by any process.

    Args:
        data_root: A path or URL, with ``{000..146}`` for a range; the folder of all
            shards; or a list of such.
        options: For fsspec's file system, such as ``dict(anon=True)``.

    Attributes:
        paths: Paths of the shards, in order.

    Raises:
        InputError: None is named, one is missing or no tar or zip, or fsspec's part for
            it is.
    """

    def __init__(
        self,
        data_root: str | os.PathLike | Sequence[str | os.PathLike],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.options = dict(options or {})
        self._systems: dict[tuple[int, str], Any] = {}
        self._open: OrderedDict[int, int] = OrderedDict()
        expanded = [path for root in roots_of(data_root) for path in expand(root)]
        self.paths = [shard for path in expanded for shard in self._shards(path)]
        if not self.paths:
            raise InputError(
                f"data_root={data_root!r} names no shard; a range is "
                "{first..last}, such as {000000..000146}"
            )
        for path in self.paths:
            if not path.lower().endswith(ENDINGS):
                raise InputError(
                    f"{path} is no .tar or .zip; a compressed tar cannot be read from "
                    "the middle: unpack it (gunzip) first"
                )
        if len(set(self.paths)) < len(self.paths):
            raise InputError(f"{data_root}: a shard is named twice")

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | dict(_systems={}, _open=OrderedDict())

    def _shards(self, path: str) -> list[str]:
        if path.lower().endswith((*ENDINGS, "gz")):
            return [path]
        if is_remote(path):
            system = self._system(path)
            try:
                listed = system.ls(path, detail=False)
            except Exception as error:  # each of fsspec's systems has its own
                raise InputError(f"{path} cannot be listed: {error}") from error
            scheme = path.partition("://")[0]
            found = [p if "://" in p else f"{scheme}://{p}" for p in listed]
        else:
            found = [os.path.join(path, n) for n in os.listdir(need_folder(path))]
        found = sorted(p for p in found if p.lower().endswith(ENDINGS))
        if not found:
            raise InputError(f"no .tar or .zip in {path}; check data_root")
        return found

    def stamp(self, number: int) -> tuple[int, str]:
        """Size of a shard in bytes, and a stamp that changes when it is rewritten.

        Raises:
            InputError: It is not there.
        """
        path = self.paths[number]
        try:
            if not is_remote(path):
                status = os.stat(path)
                return status.st_size, str(status.st_mtime_ns)
            info = self._system(path).info(path)
        except InputError:
            raise
        except Exception as error:  # each of fsspec's systems has its own
            raise InputError(
                f"no shard {path} ({len(self.paths)} in all): {error}; check data_root"
            ) from error
        marks = {key.lower(): str(value) for key, value in info.items()}
        known = ("etag", "last-modified", "lastmodified", "mtime", "updated")
        return int(info["size"]), " ".join(marks.get(key, "") for key in known)

    def open(self, number: int) -> BinaryIO:
        """Opens a shard, to be read from its beginning."""
        path = self.paths[number]
        if is_remote(path):
            return self._system(path).open(path, "rb")
        return open(path, "rb")

    def read(self, number: int, start: int, count: int) -> bytes:
        """Bytes of a shard; fewer where it ends.

        Raises:
            InputError: A network that does not answer, or not with a part.
        """
        path = self.paths[number]
        if not is_remote(path):
            return os.pread(self._descriptor(number), count, start)
        for wait in (*_WAITS, None):
            try:
                data = self._system(path).cat_file(path, start=start, end=start + count)
                break
            except Exception as error:  # each of fsspec's systems has its own
                if wait is None:
                    raise InputError(
                        f"{path} cannot be read, tried {len(_WAITS) + 1} times: "
                        f"{error or type(error).__name__}; go on with --resume when "
                        "the network is back"
                    ) from error
                time.sleep(wait)
        if len(data) > count:
            raise InputError(
                f"the server of {path} gives whole files only (no HTTP ranges); take "
                "another one, or fetch the shards"
            )
        return data

    def _descriptor(self, number: int) -> int:
        # Read without a position of its own, a descriptor serves processes that share
        # it; so it may be taken over by data workers.
        if number in self._open:
            self._open.move_to_end(number)
        else:
            self._open[number] = os.open(self.paths[number], os.O_RDONLY)
            if len(self._open) > MOST_OPEN:
                os.close(self._open.popitem(last=False)[1])
        return self._open[number]

    def _system(self, path: str) -> Any:
        # A worker process has none of the threads that its parent's connections need.
        scheme = path.partition("://")[0]
        key = os.getpid(), scheme
        if key not in self._systems:
            fsspec = require("fsspec", f"reading {scheme}://", "remote")
            try:
                self._systems[key] = fsspec.filesystem(
                    scheme, skip_instance_cache=True, **self.options
                )
            except (ImportError, ValueError) as error:
                raise InputError(f"{path}: {error}") from error
        return self._systems[key]
