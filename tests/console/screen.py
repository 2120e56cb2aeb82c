"""A command as it is seen on a terminal."""

import os
import pty
import re
import select
import sys
import time

from runs import environment

# What moves a cursor, clears or colours; text and line ends are left.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(command, folder, seconds=240, **variables):
    """Runs ``command`` with a terminal for its output; exit code and all it wrote."""
    variables = {"TERM": "xterm", "COLUMNS": "120", "LINES": "40", **variables}
    variables = environment(**variables)
    child, screen = pty.fork()
    if child == 0:
        try:
            os.chdir(folder)
            os.execve(command[0], command, variables)
        finally:
            os._exit(127)
    said, ends = b"", time.monotonic() + seconds
    while time.monotonic() < ends:
        if not select.select([screen], [], [], 1)[0]:
            continue
        try:
            part = os.read(screen, 65536)
        except OSError:  # Linux: the other end is closed.
            break
        if not part:
            break
        said += part
    else:
        os.kill(child, 9)
    os.close(screen)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, said.decode()


def tool(name, *args):
    """The command line of a tool of the checkout."""
    return [sys.executable, "-m", f"ce_plugin.tools.{name}", *map(str, args)]


def before_the_bar(said):
    """The lines that stand before a bar is drawn for the first time."""
    head = said.partition("\x1b[?25l")[0]
    return [line for line in CONTROL.sub("", head).splitlines() if line.strip()]


def after_the_bar(said):
    """The lines that come after it has been left."""
    tail = said.rpartition("\x1b[?25h")[2]
    return [line for line in CONTROL.sub("", tail).splitlines() if line.strip()]
