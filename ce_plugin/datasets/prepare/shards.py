"""Packs a folder of pictures into tar files in WebDataset's layout."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ce_plugin.datasets.files import find_pictures, need_folder
from ce_plugin.errors import InputError


def make_shards(folder: str, out: str, megabytes: int = 1000) -> tuple[int, list[str]]:
    """Writes all pictures of a folder, in the order of their names, into shards.

    The files go in as they are. Each shard is ``pictures-000000.tar`` and so on;
    members have the pictures' paths relative to the folder, so that a run on the shards
    has the folder's split and stream. The shards of equal folders are equal.

    Args:
        folder: Folder of pictures and sub-folders.
        out: A new or empty folder; whole or not there at the end.
        megabytes: A shard ends with the picture that makes it at least this large.

    Returns:
        The number of shards, and the pictures that could not be read and are left out.

    Raises:
        InputError: No pictures, ``out`` is not empty, or it cannot be written.
    """
    names, target, unread = find_pictures(need_folder(folder)), Path(out), []
    if megabytes < 1:
        raise InputError(f"a shard has at least 1 MB, got {megabytes}")
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise InputError(f"{target.absolute()} is not empty; give a new folder")
    part = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        part.chmod(0o755)
        count, waiting = 0, iter(names)
        while _fill(
            part / f"pictures-{count:06d}.tar", folder, waiting, megabytes, unread
        ):
            count += 1
        if not count:
            raise InputError(f"none of {len(names)} pictures of {folder} can be read")
        if target.is_dir():
            target.rmdir()
        part.rename(target)
    except OSError as error:
        raise InputError(f"cannot write shards to {target}: {error}") from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
    return count, unread


def _fill(
    path: Path, folder: str, names: Iterator[str], megabytes: int, unread: list[str]
) -> bool:
    """One shard with the next of ``names``; whether there was any left."""
    filled = False
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in names:
            try:
                data = Path(folder, name).read_bytes()
            except (PermissionError, FileNotFoundError):
                unread.append(name)
                continue
            filled = True
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
            if tar.offset >= megabytes * 2**20:
                break
    if not filled:
        path.unlink()
    return filled
