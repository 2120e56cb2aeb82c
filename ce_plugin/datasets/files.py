"""Finds pictures in a folder or in a list."""

from __future__ import annotations

import errno
import logging
import os
from xml.etree import ElementTree as ET

from mmengine.logging import print_log

from ce_plugin.errors import InputError

EXTENSIONS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif"),
    *(".tif", ".tiff", ".jp2", ".avif", ".heic", ".heif"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
)
"""Endings of picture files, in lower case; the usual ones first.

HEIC needs a package of its own, which the decoder names; Pillow reads the others.
"""

OWN_FAULTS = (errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR)
"""Failures of the system that are a path's own fault, and not the disk's."""

NO_XML = (ET.ParseError, ValueError, LookupError)
"""What a file that is no XML makes the parser raise.

The last two are of an encoding that expat or Python does not know.
"""


def is_picture(name: str) -> bool:
    """Whether a file name ends like a picture's, in upper or lower case.

    Example:
        >>> is_picture('IMG_1.JPG'), is_picture('notes.txt')
        (True, False)
    """
    return name.lower().endswith(EXTENSIONS)


def find_pictures(root: str, changed: dict[str, int] | None = None) -> list[str]:
    """All pictures in a folder and its sub-folders, sorted.

    Hidden files and folders (``.name``) are passed over; links are followed, each
    folder is entered once. Links that lead nowhere or to themselves, and folders that
    may not be entered, are passed over with a line that names one.

    Args:
        root: The folder.
        changed: Is filled with each folder that was entered, relative to ``root``, and
            its time of change (ns) before that.

    Returns:
        Paths relative to ``root``, with ``/``.

    Raises:
        InputError: There is no picture.
    """
    names: list[str] = []
    others: list[str] = []
    closed: list[str] = []
    entered: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        path = os.path.join(root, folder)
        try:
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            entries = os.scandir(path)
        except (PermissionError, FileNotFoundError):
            closed.append(path)
            continue
        if changed is not None:
            changed[folder] = status.st_mtime_ns
        with entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                name = f"{folder}/{entry.name}" if folder else entry.name
                kind = _kind(entry)
                if kind == "folder":
                    waiting.append(name)
                elif kind == "file":
                    (names if is_picture(entry.name) else others).append(name)
                elif kind == "closed":
                    closed.append(os.path.join(root, name))
    if closed:
        print_log(
            f"passed over {len(closed)} link(s) that lead nowhere or folder(s) that "
            f"may not be entered, such as {min(closed)}",
            "current",
            logging.WARNING,
        )
    if not names:
        raise InputError(
            f"no pictures in {os.path.abspath(root)} or its sub-folders: looked for "
            f"{', '.join(EXTENSIONS)}, found {_counted(others)}; set data_root to a "
            "folder of pictures"
        )
    return sorted(names)


def _kind(entry: os.DirEntry) -> str:
    """'folder', 'file', 'closed' for a link to nothing, or 'other'."""
    try:
        if entry.is_dir():
            return "folder"
        if entry.is_file():
            return "file"
    except OSError as error:
        if error.errno not in OWN_FAULTS:
            raise
        return "closed"
    return "closed" if entry.is_symlink() and not os.path.exists(entry) else "other"


def _counted(others: list[str]) -> str:
    if not others:
        return "no files at all"
    return f"{len(others)} other file(s) such as {min(others)}"


def read_lines(path: str) -> list[str]:
    """The lines of a list file without blank ones, in order.

    Raises:
        InputError: The file is missing, a folder, empty or no text.
    """
    full = os.path.abspath(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file]
    except FileNotFoundError as error:
        raise InputError(f"no such list file: {full}") from error
    except IsADirectoryError as error:
        raise InputError(f"{full} is a folder, and no list file") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{full} is no text file; give a folder of pictures, or a file with the "
            "path of one picture on each line"
        ) from error
    lines = [line for line in lines if line]
    if not lines:
        raise InputError(f"{full} lists no pictures; write one path on each line")
    return lines


def need_folder(path: str | os.PathLike) -> str:
    """``path`` as a string, if it is a folder.

    Raises:
        InputError: It is missing, or a file.
    """
    path = os.fspath(path)
    if not os.path.isdir(path):
        kind = "not a folder" if os.path.exists(path) else "no such folder"
        raise InputError(f"{kind}: {os.path.abspath(path)}; check data_root")
    return path


def file_size(path: str) -> int:
    """Bytes of a file, -1 where there is none."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):  # a name may hold what no path can
        return -1


def by_stem(folder: str) -> tuple[dict[str, str], list[str]]:
    """Pictures by their path in the folder without its ending, and what is there twice.

    Raises:
        InputError: There is no picture.
    """
    found: dict[str, str] = {}
    twice = []
    if not os.path.isdir(folder):
        raise InputError(f"no folder {os.path.abspath(folder)}")
    for name in find_pictures(folder):
        stem = os.path.splitext(name)[0]
        if stem in found:
            twice.append(f"{name}: {found[stem]} has the same name and is taken")
        else:
            found[stem] = name
    return found, twice
