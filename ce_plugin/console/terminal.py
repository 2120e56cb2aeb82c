"""Lines and a progress bar on the terminal, or lines in a pipe or file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from .python_warnings import show_warnings

if TYPE_CHECKING:
    from rich.progress import Progress

# The number of a process among those that work together, as launchers tell it.
RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


class Terminal:
    """Lines, and below them one progress bar.

    Args:
        stream: Stream to write to; by default standard output, whatever it is at the
            time.
        verbose: Everything that is logged is shown, and no bar.
        silent: Nothing but errors is shown: another process speaks.

    Attributes:
        live: There is a screen, on which a bar can be drawn.

    Example:
        >>> Terminal(sys.stdout).line("[3/4] done")
        [3/4] done
    """

    def __init__(
        self, stream: TextIO | None = None, verbose: bool = False, silent: bool = False
    ) -> None:
        self._stream, self._process = stream, os.getpid()
        self.verbose, self.silent = verbose, silent
        screen = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.live = screen and not verbose and not silent
        self._bar: Progress | None = None

    @property
    def stream(self) -> TextIO:
        """The stream of the lines; while there is a bar, print goes through it."""
        own = self._process == os.getpid()
        return self._stream or (sys.stdout if own else sys.__stdout__)

    def line(self, text: str) -> None:
        """Writes ``text`` as it is, above the bar where there is one."""
        if self.silent:
            return
        # A data worker has a copy of the bar, and must not draw it.
        if self._bar is not None and self._process == os.getpid():
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        try:
            print(text, file=self.stream, flush=True)
        except UnicodeEncodeError:
            code = self.stream.encoding or "ascii"
            plain = text.encode(code, "backslashreplace").decode(code)
            print(plain, file=self.stream, flush=True)

    def start_bar(self, total: int, done: int = 0, stays: bool = True) -> None:
        """Begins a bar of ``total`` steps; nothing where there is no screen.

        Args:
            total: Steps in all.
            done: Those that are behind.
            stays: Leave the bar on the screen at the end.
        """
        if not self.live:
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._bar = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.description}"),
            console=Console(file=self.stream, force_terminal=True),
            # No thread of its own: what is trained keeps the interpreter's lock.
            auto_refresh=False,
            transient=not stays,
        )
        self._bar.start()
        self._task = self._bar.add_task("starting", total=total, completed=done)
        self._bar.refresh()

    def move_bar(self, done: int, text: str) -> None:
        """Moves the bar to ``done`` steps and writes ``text`` beside it."""
        if self._bar is not None:
            # What stands in brackets is text and no markup.
            text = text.replace("[", r"\[")
            self._bar.update(self._task, completed=done, description=text)
            self._bar.refresh()

    def stop_bar(self) -> None:
        """Leaves the bar as it is; the next line comes below it."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def rank(environment: Mapping[str, str] = os.environ) -> int:
    """The number of this process among those that a launcher has started."""
    for name in RANKS:
        if environment.get(name, "").isdigit():
            return int(environment[name])
    return 0


_terminal: Terminal | None = None


def terminal() -> Terminal:
    """The terminal of this process."""
    global _terminal
    if _terminal is None:
        _terminal = Terminal(silent=rank() > 0)
    return _terminal


def begin(verbose: bool = False) -> Terminal:
    """Sets up a tool's terminal: only its own lines and warnings are shown.

    Args:
        verbose: Show everything instead.
    """
    global _terminal
    _terminal = Terminal(verbose=verbose, silent=rank() > 0)
    if not verbose:
        show_warnings(_terminal.line)
    return _terminal
