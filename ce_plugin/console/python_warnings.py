"""Python's warnings: one line each, in the log's file as they are."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import TextIO

# To their authors, not to who runs a tool: the log's file has them.
DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
PKG_RESOURCES = "pkg_resources is deprecated as an API"  # a UserWarning of setuptools

# What has been warned of before there was a log to write it to.
_kept: list[str] = []
_files: list[logging.Handler] = []


def show_warnings(say: Callable[[str], None]) -> None:
    """Shows warnings as one line, without path, line, category and source.

    What is meant for the developers of a library is kept for the log's file only.

    Args:
        say: Called with each line, such as :meth:`Terminal.line`.
    """

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = " ".join(str(message).split())
        _write(f"{filename}:{lineno}: {category.__name__}: {text}")
        if not issubclass(category, DEVELOPERS) and PKG_RESOURCES not in text:
            say(f"warning: {text}")

    warnings.showwarning = show


def write_warnings_to(handlers: list[logging.Handler]) -> None:
    """Writes what has been warned of, and will be, to the file of a run's log."""
    _files[:] = handlers
    kept, _kept[:] = list(_kept), []
    for text in kept:
        _write(text)


def _write(text: str) -> None:
    if not _files:
        _kept.append(text)
    for handler in _files:
        record = logging.LogRecord(
            "warnings", logging.WARNING, __file__, 0, text, None, None
        )
        handler.handle(record)
