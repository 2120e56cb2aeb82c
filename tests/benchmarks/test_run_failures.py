"""A run that fails ends no other and is tried again; mistakes are told in one line."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import run as command
from benchmarks.toy_suite import Number, toy
from harness.runner.bench import Bench
from harness.runner.keys import Keys
from harness.suite import Minutes
from toy_desk import SIMCLR

MISSING = "pretrain/nothing_r50-224.py"


def test_one_that_fails_ends_no_other_and_is_tried_again(desk, monkeypatch):
    methods = dict(missing=MISSING, diverges=SIMCLR, good=None)
    desk.suite = toy(dict(one=1, word="word"), methods)
    desk.broken = {"diverges"}
    code, pretrained, tasks, out, err = desk.run()
    assert code == 1 and pretrained == ["diverges seed 0", "good seed 0"]
    assert tasks == ["good_seed0 one", "good_seed0 word"]
    assert "[9/9]" in out and "good seed 0: one: done 1" in out
    told = [line for line in err.splitlines() if line.startswith("failed: ")]
    assert len(told) == 3 and "nothing_r50-224.py" in told[0]
    assert told[1] == "failed: diverges seed 0: pretraining: it diverged"
    assert "good seed 0: word: ValueError: could not convert" in told[2]
    for method, task, why in (
        ("missing", "pretraining", "nothing_r50-224"),
        ("missing", "one", "no encoder"),
        ("diverges", "one", "no encoder: it diverged"),
        ("good", "word", "could not convert"),
    ):
        found = desk.result(method, task)
        assert found["status"] == "failed" and why in found["error"]
        assert found["value"] is None
    # Again: those that failed and no other.
    code, pretrained, tasks, *_ = desk.run()
    assert code == 1 and pretrained == ["diverges seed 0"]
    assert tasks == ["good_seed0 word"]
    # Mended.
    desk.broken = set()
    desk.suite = toy(dict(one=1, word=5), methods | dict(missing=SIMCLR))
    code, pretrained, tasks, _, err = desk.run()
    assert (code, err) == (0, "")
    assert pretrained == ["missing seed 0", "diverges seed 0"]
    assert desk.result("missing", "word")["status"] == "done"


def test_a_budget_that_cannot_be_found_fails_alone(desk, monkeypatch):
    def calibrate(bench, method, variables):
        raise RuntimeError("it does not even start")

    monkeypatch.setattr(Bench, "calibrate", calibrate)
    desk.suite = toy(methods=dict(bad=SIMCLR, good=None), budget=Minutes(1))
    code, pretrained, _, _, err = desk.run()
    assert code == 1 and pretrained == ["good seed 0"]
    assert err == "failed: bad seed 0: pretraining: it does not even start\n"
    assert desk.result("bad", "pretraining")["error"] == "it does not even start"
    assert desk.run()[4] == err


def test_a_figure_that_is_no_number_is_stored_as_a_failure(desk):
    desk.suite = toy(dict(one="nan", two=2))
    code, _, tasks, _, err = desk.run()
    assert code == 1 and tasks == ["good_seed0 one", "good_seed0 two"]
    assert "a figure of {'value': nan} is not finite" in err
    found = desk.result("good", "one")
    assert found["status"] == "failed" and found["value"] is None


class Typed(Number):
    """Its figure is of NumPy, which cannot be stored."""

    def figures(self, run):
        return dict(value=np.float32(super().figures(run)["value"]))


class Placed(Number):
    """Its config has a path, which cannot be stored either."""

    @property
    def config(self):
        return dict(number=Path(f"{self.number}"))


def test_what_cannot_be_stored_is_stored_as_a_failure(desk):
    tasks = [Typed("typed", 1), Typed("nan", "nan"), Placed("placed", 3)]
    desk.suite = replace(toy(), tasks=tasks)
    code, _, tasks, _, err = desk.run()
    # A config is looked at before the run.
    assert code == 1 and tasks == ["good_seed0 typed", "good_seed0 nan"]
    for task, said in (
        ("typed", "a figure of {'value': "),
        ("nan", "a figure of {'value': "),
        ("placed", "an entry of the config cannot be stored (Object of type "),
    ):
        found = desk.result("good", task)
        assert found["status"] == "failed" and found["value"] is None
        assert found["error"].startswith(said) and found["error"] in err
        assert found["error"].endswith("is not JSON serializable)")
    assert desk.result("good", "placed")["config"] is None


SILENT = {
    "pretraining": (Bench, "_pretrain", dict(), MemoryError),
    "budget": (Bench, "calibrate", dict(budget=Minutes(1)), AssertionError),
    "config": (Keys, "config_of", dict(), AssertionError),
}


@pytest.mark.parametrize("name", SILENT)
def test_an_error_without_a_message_is_one(desk, monkeypatch, name):
    """What waits for the run would wait for ever."""
    owner, method, changes, error = SILENT[name]

    def fail(*_):
        raise error()

    monkeypatch.setattr(owner, method, fail)
    desk.suite = toy(methods=dict(bad=SIMCLR), **changes)
    code, *_, out, err = desk.run("--tasks", "none")
    assert code == 1 and f"pretraining: FAILED: {error.__name__} in" in out
    assert err == f"failed: bad seed 0: pretraining: {error.__name__}\n"
    assert desk.result("bad", "pretraining")["error"] == error.__name__
    if name == "config":
        assert f"pretraining: {error.__name__}\n" in desk.run("--list")[3]


def test_nobody_need_read_along(desk, monkeypatch):
    """A pipe that was closed ends no worker; the exit code is of the runs."""

    def closed(*words, file=None, **options):
        if file is None and "done" in words[0] and words[0].startswith("["):
            raise BrokenPipeError

    monkeypatch.setattr("builtins.print", closed)
    code, _, tasks, *_ = desk.run()
    assert code == 0 and tasks == ["good_seed0 one", "good_seed0 two"]


def test_runs_that_were_not_tried_are_told(desk, monkeypatch):
    monkeypatch.setattr("harness.runner.workers.work_off", lambda *_: None)
    code, _, tasks, out, err = desk.run()
    assert (code, tasks) == (1, []) and "makes the tables" not in out
    assert err == "error: 3 runs were not tried\n"


MISTAKES = {
    "method": (["--methods", "good", "bad"], "no method 'bad' in this suite; good"),
    "task": (["--tasks", "three"], "no task 'three' in this suite; one, two"),
    "folder": (["--data-root", "nowhere"], "no folder nowhere; --data-root is"),
    "data": (["--data-root", "."], "toy looks for"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(desk, name):
    args, said = MISTAKES[name]
    code, pretrained, tasks, out, err = desk.run(*args)
    assert (code, pretrained, tasks, out) == (2, [], [], "")
    assert err.count("\n") == 1 and err.startswith("error: ") and said in err


def test_a_work_folder_that_cannot_be_made(desk):
    (desk.folder / "file").write_text("no folder")
    code, _, tasks, out, err = desk.run("--work-dir", str(desk.folder / "file" / "x"))
    assert (code, tasks, out) == (2, [], "") and err.count("\n") == 1
    assert err.startswith("error: cannot make ") and "another --work-dir" in err
    (desk.folder / "full" / ".lock").mkdir(parents=True)  # whoever runs it, root too
    code, _, tasks, out, err = desk.run("--work-dir", str(desk.folder / "full"))
    assert (code, tasks, out) == (2, [], "") and err.count("\n") == 1
    assert err.startswith("error: cannot write in ") and "another --work-dir" in err


def test_mistaken_suites(capsys, tmp_path):
    (tmp_path / "empty.py").write_text("")
    assert command.main([str(tmp_path / "empty.py")]) == 2
    assert "empty.py has no suite: a Suite of that name" in capsys.readouterr().err
    for option in ("--threads", "--workers"):
        with pytest.raises(SystemExit):
            command.main(["smoke", option, "0"])
        assert "0 is below 1" in capsys.readouterr().err
    assert command.main(["nothing"]) == 2
    assert "no suite nothing; known: " in capsys.readouterr().err
    assert command.main(["voc320_cpu"]) == 2
    assert "voc320_cpu needs --data-root; or try" in capsys.readouterr().err
