"""Runs ``python`` with the arguments after the first, as long as its parent lives.

    python -m harness.runner.follow PARENT -m ce_plugin.tools.train config.py

A parent that is killed cannot end what it has started. Its children would go on beside
those of the next start, in the same folders. Linux ends them; elsewhere they end when
they are done.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Asks to be ended with the parent, and becomes the command."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):
            # It ended before it could be asked for.
            sys.exit("the parent has ended")
    os.execv(sys.executable, [sys.executable, *command])


if __name__ == "__main__":
    main()
