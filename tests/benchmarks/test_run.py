"""What is done is not done again, what is changed is; lists and dry runs do no harm."""

import sys

from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import run as command
from benchmarks.toy_suite import toy
from harness.results.read import read_results
from harness.results.store import results_of
from harness.runner.bench import ENCODER, Bench
from harness.runner.lock import only_one
from harness.runner.stale import stale_results
from harness.runner.workers import _Queue
from harness.tables import notes
from harness.tables.leaderboard import Leaderboard
from toy_desk import SIMCLR


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


def test_a_seed_that_is_named_twice_runs_once(desk):
    _, pretrained, tasks, out, _ = desk.run("--seeds", "1", "0", "1", "--tasks", "two")
    assert pretrained == ["good seed 1", "good seed 0"]
    assert tasks == ["good_seed1 two", "good_seed0 two"] and "toy: 4 runs" in out


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
    assert command.main(["toy", "--dry-run", "--workers", "1"]) == 0
    assert desk.pretrained == ["good seed 0"]
    assert "two: done 2" in desk.capsys.readouterr().out
    (aside / "runs.txt").unlink()
    assert [str(p) for p in desk.folder.rglob("*")] == [str(aside)]


def test_a_dry_run_leaves_real_runs_alone(desk):
    desk.run()
    encoder = desk.work / "good_seed0" / "pretraining" / ENCODER
    assert desk.run("--dry-run")[0] == 0 and encoder.is_file()
