"""The suite of minutes as a user starts it: killed twice, completed, tabled."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runs import ROOT, environment

sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.results.store import results_of

RUNS = 18
"""3 methods, 2 seeds: pretraining and two tasks each."""


class Smoke:
    """Starts ``benchmarks/run.py smoke`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.results = folder, folder / "results"
        self.work = folder / "work_dirs" / "benchmarks" / "smoke"

    def start(self, script: str = "run.py", *args: str) -> subprocess.Popen:
        command = [sys.executable, str(ROOT / "benchmarks" / script), "smoke"]
        command += ["--results", "results", *args]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, process: subprocess.Popen, what) -> None:
        until = time.monotonic() + 400
        while not what():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.005)

    def records(self) -> list[dict]:
        """What was written, but for the lengths of steps."""
        found = [one for _, one in results_of("smoke", self.results).records()]
        return [one for one in found if one["task"] != "calibration"]

    def finished(self) -> dict[str, str]:
        """The line of each result; all have to be done."""
        assert all(one["status"] == "done" for one in self.records())
        name = "{method} {task} {seed}".format
        return {name(**one): json.dumps(one) for one in self.records()}

    def processes(self) -> list[str]:
        """Commands that work in this folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode()
            except OSError:
                continue
            found += [words] if str(self.work) in words else []
        return found

    def nothing_runs(self) -> bool:
        until = time.monotonic() + 20
        while self.processes() and time.monotonic() < until:
            time.sleep(0.05)
        return not self.processes()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_and_completed(tmp_path):
    smoke = Smoke(tmp_path)
    worker = ("--workers", "1")

    # Killed in the middle of a pretraining run, behind its first checkpoint.
    first = smoke.start("run.py", *worker)
    folder = smoke.work / "context-encoder-patches_seed0" / "pretraining"
    smoke.wait_for(first, lambda: (folder / "last_checkpoint").exists())
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL and smoke.nothing_runs()
    done = smoke.finished()
    assert len(done) == 3

    # It goes on from there; then it is told to end.
    second = smoke.start("run.py", *worker)
    smoke.wait_for(second, lambda: len(smoke.records()) >= 8)
    second.terminate()
    out, err = second.communicate()
    assert second.returncode == 130, err
    assert "the same command goes on from here" in err and "Traceback" not in err
    assert f"smoke: {RUNS} runs, 3 of them done" in out and smoke.nothing_runs()
    assert any("resumed epoch" in log.read_text() for log in folder.glob("*/*.log"))
    more = smoke.finished()
    assert 8 <= len(more) < RUNS and more | done == more
    half = set(more)

    third = smoke.start("run.py", *worker)
    out, err = third.communicate()
    assert third.returncode == 0, out + err
    assert f"smoke: {RUNS} runs, {len(half)} of them done" in out
    started = [line for line in out.splitlines() if line.startswith("[")]
    assert len(started) == RUNS - len(half)
    every = smoke.finished()
    assert len(every) == RUNS and every | more == every
    assert not [p for p in smoke.folder.rglob("*") if p.suffix in (".partial", ".part")]
    lines = (smoke.results / "smoke.jsonl").read_text().splitlines()
    assert sum('"status"' in line for line in lines) == RUNS, "measured twice"
    for result in smoke.records():
        if result["task"] == "pretraining" and result["method"] != "random":
            assert result["figures"]["images"] == 480
            assert result["images_per_second"] > 0 and result["config"]

    tables = smoke.start("tables.py", "--out", "tables")
    out, err = tables.communicate()
    assert tables.returncode == 0, err
    text = (tmp_path / "tables" / "smoke.md").read_text()
    assert f"{RUNS} of {RUNS} runs done, 0 failed, 0 missing" in text
    assert {"smoke.csv", "smoke.tex", "index.html"} <= set(
        os.listdir(tmp_path / "tables")
    )
