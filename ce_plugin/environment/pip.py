"""This interpreter's pip, in a process that ends with the tool that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from ce_plugin.errors import InputError


def pip(*args: str, env: Mapping[str, str] | None = None) -> None:
    """Runs this interpreter's pip; ended together with this process.

    Raises:
        InputError: pip failed; the message has its reason and where its output is.
    """
    command = [sys.executable, "-m", "pip", *args, "--disable-pip-version-check"]
    with (
        tempfile.TemporaryDirectory(prefix="ce_plugin-pip-") as scratch,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output,
    ):
        # A session of its own: an interrupt must reach the compilers as well. Killed,
        # pip clears nothing away; it works where this clears up.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(os.environ if env is None else env, TMPDIR=scratch),
            start_new_session=True,
        )
        try:
            process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise InputError(f"pip {args[0]} failed: {_reason(text)}")


def _reason(text: str) -> str:
    """The compiler's first error, or pip's last one; the whole text goes to a file."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and lines[-1].endswith("No module named pip"):
        return f"there is no pip: {sys.executable} -m ensurepip"
    compiler = [x for x in lines if " error: " in x and not x.startswith("error: ")]
    others = [x for x in lines if x.lower().startswith("error")]
    reason = (compiler[:1] or others[-1:] or lines[-1:] or ["it said nothing"])[0]
    handle, log = tempfile.mkstemp(prefix="ce_plugin-pip-", suffix=".log")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return f"{reason} (all of it: {log})"
