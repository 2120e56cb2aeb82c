"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from .errors import InputError, TrainingError


def write_atomic(path: str | Path, content: str | bytes) -> Path:
    """Write a file beside its place, then move it there in one step.

    A kill or a full disk half-way leaves what was there before.

    Args:
        path: Path of the file; missing folders are made.
        content: Text (written as UTF-8) or bytes.

    Returns:
        The path.

    Raises:
        TrainingError: It could not be written (a full disk, no permission); nothing
            of it is left.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_atomic(f"{folder}/pictures/note.txt", "hole").read_text()
        'hole'
    """
    path = Path(path)
    # A name of its own: threads of a process may write one file.
    partial = path.with_name(f".{path.name}.{uuid4().hex}.partial")
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(data)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise TrainingError(
            f"cannot write {path} ({error}); make room or choose another place; a run "
            "goes on with --resume"
        ) from error
    return path


def replace_file(part: Path, path: Path) -> None:
    """Puts the finished ``part`` in the place of ``path``; a crash loses neither.

    The contents reach the disk before the name does.

    Args:
        part: The new file, in the same folder.
        path: Final name of the file; what is there is replaced.
    """
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A file to write beside ``path``; it takes the place where the block succeeds.

    Nothing of it is left where the block raises. Errors of torch and safetensors in it
    are those of :func:`writing`.

    Args:
        path: The final name, in a folder that is there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replacing(f"{folder}/note.txt") as part:
        ...         _ = part.write_text("hole")
        ...     [path.name for path in Path(folder).iterdir()]
        ['note.txt']
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        with writing(path):
            yield part
        replace_file(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """A context in which torch and safetensors may write ``path`` or its part.

    A full disk is an error of their own with them, which says little.

    Raises:
        TrainingError: It could not be written.
    """
    try:
        yield
    except Exception as error:
        # By name: safetensors is not imported where nothing is written by it.
        if (
            type(error) is not RuntimeError
            and type(error).__name__ != "SafetensorError"
        ):
            raise
        reason = str(error).partition("\n")[0]
        raise TrainingError(
            f"cannot write {path} ({reason}); make room, or choose another place"
        ) from error


def write_json(path: str | Path, value: Any) -> None:
    """Writes plain values as JSON, whole or not at all; NaN is refused."""
    with replacing(path) as part:
        part.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")


def check_output(path: str | Path, option: str) -> None:
    """Looks, before the work, whether a file can be written at its end.

    Args:
        path: The file.
        option: Name of the option that gave it, for the error.

    Raises:
        InputError: Its folder is not there, or it is a folder itself.
    """
    path = Path(path).absolute()
    if path.is_dir():
        raise InputError(f"{option} {path} is a folder; give the name of a file in it")
    if not path.parent.is_dir():
        raise InputError(f"no folder for {option} {path}; make it first")


def sha256(path: str | Path) -> str:
    """The file's SHA-256, in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
