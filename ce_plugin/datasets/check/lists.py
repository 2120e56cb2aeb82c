"""Checks the lists that a dataset of a config reads, before anything is built."""

from __future__ import annotations

import os
from collections.abc import Collection

from ce_plugin.datasets.files import is_picture
from ce_plugin.errors import InputError

from .report import some


def need(path: str, what: str, setting: str, folder: bool = False) -> str:
    """``path``, if there is such a file or folder.

    Args:
        path: As the config's settings join to it.
        what: What it should be.
        setting: What to change.
        folder: Whether it is a folder.

    Raises:
        InputError: It is missing, or one where the other is meant.
    """
    if (os.path.isdir if folder else os.path.isfile)(path):
        return path
    whole = os.path.abspath(path)
    # The first folder on the way that is missing says more than the last.
    near = os.path.dirname(whole)
    while not os.path.exists(near):
        whole, near = near, os.path.dirname(near)
    wrong = "is of the other kind" if os.path.exists(whole) else "is missing"
    beside = f" ({whole} {wrong})" if whole != os.path.abspath(path) else ""
    raise InputError(f"no {what} {os.path.abspath(path)}{beside}; check {setting}")


def list_names(path: str) -> list[str]:
    """The lines of a dataset's list.

    Raises:
        InputError: The file is missing, no text, or an empty split.
    """
    need(path, "list file", "ann_file and data_root")
    try:
        with open(path, encoding="utf-8") as file:
            names = [line.rstrip("\r\n") for line in file]
    except UnicodeDecodeError as error:
        raise InputError(
            f"{os.path.abspath(path)} is no text file; check ann_file"
        ) from error
    if not any(names):
        raise InputError(f"an empty split: {os.path.abspath(path)} names no picture")
    return names


def refuse_endings(names: Collection[str], source: str) -> None:
    """Raises where a list names files with the ending that the dataset adds itself.

    Raises:
        InputError: It does.
    """
    ended = [name for name in names if is_picture(name.strip())]
    if ended:
        raise InputError(
            f"{source} names files with their ending, such as {ended[0]}; take the "
            "endings off, which the dataset adds"
        )


def need_files(
    paths: Collection[str], folder: str, what: str, setting: str = "the list"
) -> None:
    """Raises where files are missing: how many of them, and the first.

    Args:
        paths: Relative to ``folder``.
        folder: The folder.
        what: What they are, in the plural.
        setting: What to check.

    Raises:
        InputError: One or more are missing.
    """
    need(folder, f"folder of {what}", "data_root and data_prefix", folder=True)
    # One look at each folder instead of one at each file: some are far away.
    there: dict[str, set[str]] = {}
    missing = []
    for path in paths:
        inner, name = os.path.split(path)
        if inner not in there:
            place = os.path.join(folder, inner)
            there[inner] = set(os.listdir(place)) if os.path.isdir(place) else set()
        if name not in there[inner]:
            missing.append(path)
    if missing:
        raise InputError(
            f"{len(missing)} of {len(paths)} {what} missing in "
            f"{os.path.abspath(folder)}: {some(missing)}; put them there or check "
            f"{setting}"
        )
