"""A desk at which the toy suite is run, with pretraining that is a file."""

import os
import sys
from pathlib import Path

from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import run as command
from benchmarks.toy_suite import toy
from harness.results.store import results_of
from harness.runner.bench import ENCODER, Bench

SIMCLR = "pretrain/simclr_r50-224.py"


class Desk:
    """Where the toy suite is run in this process; pretraining is a file."""

    def __init__(self, folder: Path, monkeypatch, capsys) -> None:
        self.folder, self.capsys = folder, capsys
        self.results, self.work = folder / "results", folder / "work"
        self.suite, self.pretrained, self.broken = toy(), [], set()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("TOY_RUNS", str(folder / "runs.txt"))
        monkeypatch.setattr(command, "load_suite", lambda *_: self.suite)
        desk = self

        def pretrain(bench, job, variables, spent):
            folder = bench._folder(job)
            bench._empty(folder)
            desk.pretrained.append(f"{job.method.name} seed {job.seed}")
            if job.method.name in desk.broken:
                raise RuntimeError("it diverged")
            (folder / "key.txt").write_text(bench.keys.of(job))
            (folder / ENCODER).write_text("an encoder")
            return dict(value=1.0), dict(parameters=1)

        monkeypatch.setattr(Bench, "_pretrain", pretrain)

    def run(self, *args: str) -> tuple[int, list[str], list[str], str, str]:
        """Exit code, what was pretrained, which tasks ran, what was printed."""
        self.pretrained.clear()
        runs = Path(os.environ["TOY_RUNS"])
        runs.unlink(missing_ok=True)
        places = ["--work-dir", str(self.work), "--results", str(self.results)]
        code = command.main(["toy", *places, "--workers", "1", *args])
        lines = runs.read_text().splitlines() if runs.is_file() else []
        tasks = [
            "{} {}".format(*Path(x).relative_to(self.work).parts[:2]) for x in lines
        ]
        return code, list(self.pretrained), tasks, *self.capsys.readouterr()

    def result(self, method: str, task: str, seed: int = 0) -> dict:
        store = results_of(self.suite.name, self.results)
        return store.get(method=method, task=task, seed=seed)
