"""mmengine's log on the screen: what this package says, and what to act on."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import mmengine.logging
from mmengine.logging import MMLogger

from .python_warnings import write_warnings_to
from .terminal import Terminal, terminal

PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep
ENGINE_LOG = str(Path(mmengine.logging.__file__).parent) + os.sep
# mmengine on calls of its own, which nobody but its authors can change.
OF_ITS_OWN = (
    '"FileClient" will be deprecated in future',
    '"HardDiskBackend" is the alias of "LocalBackend"',
)


class TerminalHandler(logging.Handler):
    """Shows records of this package, and from warnings on those of everybody.

    Args:
        screen: Where.
    """

    def __init__(self, screen: Terminal) -> None:
        # As mmengine has it: errors of every process, the rest of the first one.
        super().__init__(logging.ERROR if screen.silent else logging.INFO)
        self.screen = screen

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            text = record.getMessage()
            return not text.startswith(OF_ITS_OWN) and bool(super().filter(record))
        return _speaker(record).startswith(PACKAGE) and bool(super().filter(record))

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        if record.levelno >= logging.WARNING:
            # Some begin with an empty line, to stand out.
            text = f"{record.levelname.lower()}: {text.strip()}"
        if self.screen.silent:
            print(text, file=sys.stderr, flush=True)
        else:
            self.screen.line(text)


def _speaker(record: logging.LogRecord) -> str:
    """The file that a record comes from, the one that called ``print_log``."""
    if not record.pathname.startswith(ENGINE_LOG):
        return record.pathname
    frame = sys._getframe(1)
    passed = False
    while frame is not None:
        inside = frame.f_code.co_filename.startswith(ENGINE_LOG)
        if passed and not inside:
            return frame.f_code.co_filename
        passed = passed or frame.f_code.co_name == "print_log"
        frame = frame.f_back
    return record.pathname


def speak_plainly(logger: MMLogger) -> MMLogger:
    """Puts the tool's terminal in the place of the logger's own output.

    The logger's file keeps all, Python's warnings as well.
    """
    screen = terminal()
    if screen.verbose:
        return logger
    files = [h for h in logger.handlers if isinstance(h, logging.FileHandler)]
    duplicates = [f for h in logger.handlers for f in h.filters][:1]
    handler = TerminalHandler(screen)
    for one in duplicates:
        handler.addFilter(one)
    logger.handlers[:] = [handler, *files]
    if files:
        write_warnings_to(files)
    return logger


def quiet_mmengine() -> None:
    """Applies :func:`speak_plainly` to mmengine's log, for tools without a runner."""
    speak_plainly(MMLogger.get_current_instance())
