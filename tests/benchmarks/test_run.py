"""A suite is started, stopped, started again; what fails or is mistaken is told."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from runs import ROOT, environment

sys.path.insert(0, str(ROOT / "benchmarks"))
import run as command
from benchmarks.toy_suite import toy
from harness.results.read import read_results
from harness.results.store import results_of
from harness.runner.bench import ENCODER, Bench
from harness.runner.lock import only_one
from harness.runner.stale import stale_results
from harness.runner.workers import _Queue
from harness.suite import Method, Minutes
from harness.tables import notes
from harness.tables.leaderboard import Leaderboard

SIMCLR, MISSING = "pretrain/simclr_r50-224.py", "pretrain/nothing_r50-224.py"


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
        before = signal.getsignal(signal.SIGTERM)
        try:
            code = command.main(["toy", *places, "--workers", "1", *args])
        finally:
            signal.signal(signal.SIGTERM, before)
        lines = runs.read_text().splitlines() if runs.is_file() else []
        tasks = [
            "{} {}".format(*Path(x).relative_to(self.work).parts[:2]) for x in lines
        ]
        return code, list(self.pretrained), tasks, *self.capsys.readouterr()

    def result(self, method: str, task: str, seed: int = 0) -> dict:
        store = results_of(self.suite.name, self.results)
        return store.get(method=method, task=task, seed=seed)


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    return Desk(tmp_path, monkeypatch, capsys)


def test_what_is_done_is_not_done_again(desk):
    code, pretrained, tasks, out, _ = desk.run()
    assert code == 0 and pretrained == ["good seed 0"]
    assert tasks == ["good_seed0 one", "good_seed0 two"]
    assert "[3/3] good seed 0: two: done 2" in out and "left: nothing" in out
    assert desk.result("good", "two")["value"] == 2.0
    code, pretrained, tasks, out, _ = desk.run()
    assert (code, pretrained, tasks) == (0, [], [])
    assert "toy: 3 runs, 3 of them done" in out
    # One seed more: the old ones stay as they are.
    _, pretrained, tasks, out, _ = desk.run("--seeds", "0", "1", "--tasks", "two")
    assert pretrained == ["good seed 1"] and tasks == ["good_seed1 two"]
    # An encoder that is gone is only made again for a task that wants it.
    (desk.work / "good_seed1" / "pretraining" / ENCODER).unlink()
    assert desk.run("--seeds", "1", "--tasks", "two")[1] == []
    _, pretrained, tasks, *_ = desk.run("--seeds", "1")
    assert pretrained == ["good seed 1"] and tasks == ["good_seed1 one"]


def test_what_is_changed_is_measured_again(desk):
    desk.suite = toy(methods=dict(floor=None, good=SIMCLR))
    desk.run()
    keys = {task: desk.result("good", task)["key"] for task in ("one", "two")}
    # A task's own config: that task alone.
    desk.suite = toy(dict(one=1, two=3), dict(floor=None, good=SIMCLR))
    _, pretrained, tasks, *_ = desk.run()
    assert pretrained == [] and tasks == ["floor_seed0 two", "good_seed0 two"]
    assert desk.result("good", "two")["value"] == 3.0
    assert desk.result("good", "one")["key"] == keys["one"]
    assert desk.result("good", "two")["key"] != keys["two"]
    # The recipe: whatever was pretrained with it, and its tasks.
    lr = {"optim_wrapper.optimizer.lr": 0.5}
    desk.suite = toy(dict(one=1, two=3), dict(floor=None, good=SIMCLR), pretraining=lr)
    _, pretrained, tasks, *_ = desk.run()
    assert pretrained == ["good seed 0"]
    assert tasks == ["good_seed0 one", "good_seed0 two"]
    assert desk.result("good", "one")["key"] != keys["one"]
    # The data: everything.
    (desk.work / "data" / "pictures" / "another.txt").write_text("more")
    assert len(desk.run()[2]) == 4


def test_tables_know_what_would_be_measured_again(desk):
    def stale(suite):
        store = results_of("toy", desk.results)
        return stale_results(suite, read_results(suite, desk.results), store)

    methods = dict(floor=None, good=SIMCLR)
    desk.suite = toy(methods=methods)
    desk.run("--seeds", "0", "1")
    assert stale(desk.suite) == {}
    assert stale(toy(dict(one=1, two=3), methods)) == {"floor": 2, "good": 2}
    lr = {"optim_wrapper.optimizer.lr": 0.5}
    changed = toy(methods=methods, pretraining=lr)
    assert stale(changed) == {"good": 6}
    results = read_results(changed, desk.results)
    (said,) = [
        line
        for line in notes.provenance(Leaderboard(changed, results, stale=dict(good=6)))
        if "earlier config" in line
    ]
    assert said.endswith("6 results (6 of good).")


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


def test_interrupt(desk):
    """Ctrl-C: what runs is ended, its result is not written, the next start does it."""
    desk.suite = toy(dict(one=1, long="wait"))
    waiting = Path(os.environ["TOY_RUNS"]).with_name("waiting")

    def interrupt() -> None:
        while not waiting.exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    # A parent may have had interrupts ignored, as a shell does in the background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    began = time.monotonic()
    try:
        code, _, tasks, _, err = desk.run()
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    assert code == 130 and time.monotonic() - began < 30
    assert "the same command goes on from here" in err
    assert tasks == ["good_seed0 one", "good_seed0 long"]
    written = [one["task"] for _, one in results_of("toy", desk.results).records()]
    assert written == ["pretraining", "one"]
    desk.suite = toy(dict(one=1, long=2))
    code, pretrained, tasks, *_ = desk.run()
    assert (code, pretrained, tasks) == (0, [], ["good_seed0 long"])


def test_a_stopped_pretraining_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    suite = toy(methods=dict(good=SIMCLR))
    suite.generate(tmp_path / "data")
    asked = []

    def note(bench, commands, folder, variables, spent):
        asked.append("--resume" in commands[0])
        cost = dict(images=64, iterations=4, loss=1.0, trained_parameters=2)
        cost |= dict(setup_minutes=0.5)
        (folder / "cost.json").write_text(json.dumps(cost))

    monkeypatch.setattr(Bench, "_command", note)
    bench = Bench(suite, tmp_path / "data", tmp_path / "work", tmp_path / "results")
    job = bench.jobs(suite.methods, [], [0])[0]
    folder = bench._folder(job)
    assert bench.run(job, {})["status"] == "done"
    # Stopped: the key of what was started, and a checkpoint.
    (folder / "iter_2.pth").write_text("half")
    (folder / "last_checkpoint").write_text(str(folder / "iter_2.pth"))
    assert "process_minutes" in bench.result_of(job)["figures"]
    figures = bench.run(job, {})["figures"]
    assert "process_minutes" not in figures and figures["setup_minutes"] == 0.5
    # What another config has left is not gone on from.
    (folder / "key.txt").write_text("another")
    bench.run(job, {})
    assert asked == [False, True, False] and not (folder / "iter_2.pth").exists()


def test_what_one_run_does_for_two_is_begun_once(tmp_path):
    """With two workers: the second waits, and what is not shared goes before it."""
    suite = toy(dict(one=1, two=2, other=3))
    one, two, other = suite.tasks
    suite.generate(tmp_path / "data")
    bench = Bench(suite, tmp_path / "data", tmp_path / "work", tmp_path / "results")
    for task in (one, two):
        object.__setattr__(task, "shared_run", "both")
    jobs = bench.jobs(suite.methods, suite.tasks, [0])
    jobs[0].done = True
    board = _Queue(bench, jobs)
    assert board.take().task is one and board.take().task is other
    first = board.hand[0]
    board.put_back(first, dict(status="done", value=1.0), 0.1)
    assert board.take().task is two and not board.waiting


def test_two_starts_at_once(desk):
    desk.work.mkdir()
    with only_one(desk.work):
        code, _, tasks, out, err = desk.run()
    assert code == 2 and not tasks and not out
    assert err.count("\n") == 1 and f"another run works in {desk.work}" in err
    assert desk.run()[0] == 0


def test_list(desk):
    desk.run("--tasks", "one")
    code, pretrained, tasks, out, err = desk.run("--list")
    assert (code, pretrained, tasks, err) == (0, [], [], "")
    assert out.splitlines()[1:] == [
        "done good seed 0: pretraining",
        "done good seed 0: one",
        "open good seed 0: two",
    ]
    # One can look while it runs, at other data too: what it reads stays as it is.
    (desk.work / "list.txt").write_text("read by a run")

    def listed(root, work):
        (work / "list.txt").write_text(f"{root / 'pictures' / 'picture.txt'}\n")
        return work / "list.txt"

    desk.suite = toy(data=dict(pictures=listed, pretraining=listed))
    with only_one(desk.work):
        assert desk.run("--list")[0] == desk.run("--plan")[0] == 0
    assert (desk.work / "list.txt").read_text() == "read by a run"


def test_a_dry_run_leaves_nothing_behind(desk, monkeypatch):
    aside = desk.folder / "tmp"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    monkeypatch.setenv("TOY_RUNS", str(aside / "runs.txt"))
    before = signal.getsignal(signal.SIGTERM)
    assert command.main(["toy", "--dry-run", "--workers", "1"]) == 0
    signal.signal(signal.SIGTERM, before)
    assert desk.pretrained == ["good seed 0"]
    assert "two: done 2" in desk.capsys.readouterr().out
    (aside / "runs.txt").unlink()
    assert [str(p) for p in desk.folder.rglob("*")] == [str(aside)]


def test_a_dry_run_leaves_real_runs_alone(desk):
    desk.run()
    encoder = desk.work / "good_seed0" / "pretraining" / ENCODER
    assert desk.run("--dry-run")[0] == 0 and encoder.is_file()


def test_a_figure_that_is_no_number_is_stored_as_a_failure(desk):
    desk.suite = toy(dict(one="nan", two=2))
    code, _, tasks, _, err = desk.run()
    assert code == 1 and tasks == ["good_seed0 one", "good_seed0 two"]
    assert "a figure is not finite" in err
    found = desk.result("good", "one")
    assert found["status"] == "failed" and found["value"] is None


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


def test_a_method_with_fewer_seeds_has_the_suite_s_first_ones():
    suite = toy(seeds=tuple(range(10, 20)))
    few, all_of_them = (Method("m", "m", seeds=number) for number in (2, None))
    assert suite.seeds_of(few, suite.seeds) == (10, 11)
    for seed in (11, 12):
        assert suite.seeds_of(few, (seed,)) == ((11,) if seed == 11 else ())
        assert suite.seeds_of(all_of_them, (seed,)) == (seed,)
    assert suite.seeds_of(few, (0, 1, 2)) == (0, 1)


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


def test_mistaken_suites(capsys):
    assert command.main(["nothing"]) == 2
    assert "no suite nothing; known: " in capsys.readouterr().err
    assert command.main(["voc320_cpu"]) == 2
    assert "voc320_cpu needs --data-root; or try" in capsys.readouterr().err


def test_what_a_killed_start_has_started_ends():
    """The child of a parent that is killed does not go on beside the next start's."""
    code = (
        "import subprocess, sys, os, time\n"
        "words = [sys.executable, '-m', 'harness.runner.follow', str(os.getpid())]\n"
        "child = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "subprocess.Popen([*words, '-c', child])\n"
        "time.sleep(60)\n"
    )
    env = environment(ROOT / "benchmarks")
    parent = subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    assert Path("/proc", str(child)).exists()
    parent.kill()
    parent.wait()
    for _ in range(200):
        if not Path("/proc", str(child)).exists() or _is_gone(child):
            break
        time.sleep(0.05)
    assert _is_gone(child)


def _is_gone(pid: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
