"""A suite interrupted, killed or started twice: nothing is lost, nothing goes on."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from runs import ROOT, environment

sys.path.insert(0, str(ROOT / "benchmarks"))
from benchmarks.toy_suite import toy
from harness.results.store import results_of
from harness.runner.bench import Bench
from harness.runner.lock import only_one
from toy_desk import SIMCLR


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


def test_two_starts_at_once(desk):
    desk.work.mkdir()
    with only_one(desk.work):
        code, _, tasks, out, err = desk.run()
    assert code == 2 and not tasks and not out
    assert err.count("\n") == 1 and f"another run works in {desk.work}" in err
    assert desk.run()[0] == 0


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
