"""Commands in processes of their own: what they cost, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..suite import ROOT


@dataclass
class Spent:
    """What commands have cost, all together.

    Attributes:
        processor: Minutes of all cores.
        wall: Minutes by the clock.
        memory: Most MiB that one process held.
    """

    processor: float = 0.0
    wall: float = 0.0
    memory: int = 0


class Processes:
    """Runs commands, and ends all of them when told to."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self.stopped = False

    def run(
        self,
        commands: Sequence[Sequence[str]],
        log: Path,
        variables: Mapping[str, str],
        spent: Spent,
    ) -> None:
        """Runs ``python`` with each of ``commands``, one after the other.

        Args:
            commands: Arguments of python.
            log: Takes all that they print.
            variables: Environment variables, beside this process's own.
            spent: What it cost is added here, also when it fails.

        Raises:
            RuntimeError: One failed; the message has its last line and the log.
        """
        path = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
        env = {**os.environ, "PYTHONPATH": path, **variables}
        log.parent.mkdir(parents=True, exist_ok=True)
        follow = [sys.executable, "-m", "harness.runner.follow", str(os.getpid())]
        with open(log, "w", encoding="utf-8") as file:
            for command in commands:
                self._run_one([*follow, *command], file, env, spent)

    def _run_one(self, command: list[str], file, env: dict, spent: Spent) -> None:
        began = time.perf_counter()
        with self._lock:
            if self.stopped:
                raise RuntimeError("stopped")
            # A group of its own: an interrupt at the keyboard ends this process first,
            # which then ends the others.
            process = subprocess.Popen(
                command, stdout=file, stderr=file, env=env, start_new_session=True
            )
            self._running.add(process)
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            with self._lock:
                self._running.discard(process)
        spent.processor += (usage.ru_utime + usage.ru_stime) / 60
        spent.wall += (time.perf_counter() - began) / 60
        spent.memory = max(spent.memory, round(usage.ru_maxrss / 1024))
        if process.returncode:
            raise RuntimeError(f"{_last_line(Path(file.name))} (log: {file.name})")

    def stop(self) -> None:
        """Ends what runs; nothing new is started."""
        with self._lock:
            self.stopped = True
            for process in self._running:
                try:
                    os.killpg(process.pid, 15)
                except ProcessLookupError:
                    continue


def _last_line(log: Path) -> str:
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    return next((line for line in reversed(lines) if line), "it printed nothing")
