"""Command lines: common options, exit codes, and errors in one line."""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ce_plugin.errors import InputError, TrainingError

from .terminal import begin

TOOLS = Path(__file__).resolve().parents[1] / "tools"
# A file where a folder is to be made, or the other way round, or no place to write to.
_IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.EROFS)
_NO_KERNEL = re.compile(r"(\S+) does not have a deterministic implementation")


def tool_parser(
    description: str, epilog: str | None = None, common_options: bool = True
) -> argparse.ArgumentParser:
    """A parser whose help keeps its line breaks.

    Args:
        description: Above the options.
        epilog: Below them.
        common_options: With the options of every tool; False where each subcommand
            gets them, see :func:`add_common_options`.
    """
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        description=description, epilog=epilog, formatter_class=raw
    )
    if common_options:
        add_common_options(parser)
    return parser


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """``--verbose`` and ``--traceback``, in a group of their own below the others."""
    add = parser.add_argument_group("messages").add_argument
    add("--verbose", action="store_true", help="show all of the log")
    add("--traceback", action="store_true", help="the traceback of an error as well")


def run_tool(
    args: argparse.Namespace,
    tool: Callable[[argparse.Namespace], int | None],
    go_on: str = "start again",
) -> int:
    """Runs a tool on its arguments.

    Args:
        args: With ``verbose`` and ``traceback``, see :func:`tool_parser`.
        tool: Returns how many things it could not do; None is none.
        go_on: See :func:`run`.

    Returns:
        The exit code: that of :func:`run`; 1 also where the tool could not do some of
        what it was asked for.
    """
    failed: list[int | None] = []
    code = run(lambda: failed.append(tool(args)), args.traceback, go_on, args.verbose)
    return code or int(bool(failed[0]))


def run(
    main: Callable[[], object],
    show_traceback: bool = False,
    go_on: str = "start again",
    verbose: bool = False,
) -> int:
    """Runs ``main`` and turns its errors into an exit code.

    Args:
        main: What to do.
        show_traceback: The traceback as well.
        go_on: What to do after an interrupt or with room on a disk that was full.
        verbose: Show all that is logged.

    Returns:
        0; 1 for a run that could not go on; 2 for input that is wrong; 130 for an
        interrupt. Errors that are neither the user's nor the machine's are raised.
    """
    _leave_own_folder()
    screen = begin(verbose)
    try:
        main()
    except KeyboardInterrupt:
        screen.stop_bar()
        return _say(f"interrupted; {go_on}", 130, show_traceback)
    except Exception as error:
        screen.stop_bar()
        message, code = _explain(error, go_on)
        if message is None:
            raise
        return _say(message, code, show_traceback)
    return 0


@contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt inside, so that what it ends can clean up.

    Afterwards the signal does what it did before. Left as it is here, it could keep
    alive what is forked later: pools end their processes by this signal, and a process
    that is still starting loses the exception.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave_own_folder() -> None:
    """Takes the tools' folder off the path: mim puts it there, and it hides modules."""
    if sys.path and Path(sys.path[0]).resolve() == TOOLS:
        del sys.path[0]


def _say(message: str, code: int, show_traceback: bool) -> int:
    sys.stdout.flush()
    if show_traceback:
        traceback.print_exc()
    print(f"ce_plugin: error: {' '.join(message.split())}", file=sys.stderr, flush=True)
    return code


def _explain(error: Exception, go_on: str) -> tuple[str | None, int]:
    if isinstance(error, InputError | TrainingError):
        code = 2 if isinstance(error, InputError) else 1
        # A data worker sends its traceback as the message; the last line is ours.
        text = str(error)
        if "Original Traceback" in text:
            text = text.rsplit(f"{type(error).__name__}: ", 1)[-1]
        return text, code
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = error.filename or os.getcwd()
        return f"the disk is full ({where}); make room and {go_on}", 1
    if isinstance(error, PermissionError):
        return f"no permission: {error.filename}", 2
    if isinstance(error, OSError) and error.filename and error.errno in _IN_THE_WAY:
        # Of a file that is moved, the second name is the place.
        where = error.filename2 or error.filename
        return f"cannot write {where}: {error.strerror}; give another place", 2
    if type(error) is RuntimeError and (found := _NO_KERNEL.search(str(error))):
        return (
            f"{found[1]} has no kernel on this device that repeats bit for bit; leave "
            "--deterministic out, or the part of the model that uses it"
        ), 2
    if type(error).__name__ == "OutOfMemoryError":
        return f"out of device memory ({error}); lower train_dataloader.batch_size", 1
    return None, 1
