"""What will run on a machine with a GPU, as far as a CPU can tell."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from runs import ROOT, environment
from torch import nn

sys.path.insert(0, str(ROOT / "benchmarks"))
from gpu import bundle
from gpu import run as command
from gpu.clock_hook import FEWEST, ClockHook
from gpu.floor import OPTIMIZER_BYTES, count, floor
from gpu.pictures import pack
from gpu.record import NotHere, Record, read
from gpu.table import table
from gpu.variants import Sizes
from harness.data.generated import make_voc


def test_a_record_is_whole_after_every_item(tmp_path):
    path = tmp_path / "stage.json"
    record = Record(path, seconds=60)
    assert read(path) == {}
    record.add("good", lambda: dict(ms=1.5))
    assert read(path)["good"]["ms"] == 1.5

    def fails():
        raise RuntimeError("no kernel\nand more")

    def elsewhere():
        raise NotHere("a CPU has none")

    record.add("bad", fails)
    record.add("elsewhere", elsewhere)
    record.add("late", lambda: dict(ms=1), least=1000)
    found = read(path)
    assert [item["status"] for item in found.values()] == [
        "done",
        "failed",
        "not here",
        "not reached",
    ]
    assert found["bad"]["error"] == "RuntimeError: no kernel"
    assert found["elsewhere"]["reason"] == "a CPU has none"
    assert read(tmp_path / "none.json") == {}


def test_a_stage_that_hangs_is_ended(tmp_path, monkeypatch, capsys):
    modules = tmp_path / "modules" / "gpu" / "stages"
    modules.mkdir(parents=True)
    for folder in (modules, modules.parent):
        (folder / "__init__.py").touch()
    (modules / "facts.py").write_text("import time\nprint('here')\ntime.sleep(60)\n")
    paths = (tmp_path / "modules", ROOT / "benchmarks", ROOT)
    monkeypatch.setattr(command, "PATHS", paths)
    monkeypatch.setattr(command, "GRACE", 0)
    args = SimpleNamespace(out=tmp_path, device="cpu", tiny=True)
    command.run_stage("facts", 1, args, tmp_path, None)
    assert "stage facts ended: its time was over" in capsys.readouterr().out
    assert (tmp_path / "run.log").exists()


def test_the_clock_leads_the_schedule(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("gpu.clock_hook.time.time", lambda: now[0])
    layer = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=2.0)
    runner = SimpleNamespace(
        model=layer,
        optim_wrapper=SimpleNamespace(param_groups=optimizer.param_groups),
        train_loop=SimpleNamespace(stop_training=False),
        iter=0,
    )
    hook = ClockHook(ends=200.0)
    hook.before_train(runner)
    rates, stops = [], []
    for now[0], runner.iter in ((102.5, 0), (105, 1), (152.5, 9), (199, 10), (201, 11)):
        hook.before_train_iter(runner, 0)
        rates.append(round(optimizer.param_groups[0]["lr"], 3))
        hook.after_train_iter(runner, 0)
        stops.append(runner.train_loop.stop_training)
    assert rates == [1.0, 2.0, 1.0, 0.001, 0.0]
    assert stops == [False] * 4 + [True]
    assert layer.progress < 1

    # However late it is, there are a few steps.
    runner.train_loop.stop_training, runner.iter = False, FEWEST - 2
    hook.after_train_iter(runner, 0)
    assert not runner.train_loop.stop_training


def test_operations_and_bytes_of_a_layer():
    layer = nn.Linear(4, 5, bias=False)
    x = torch.rand(3, 4)

    counted = count(layer, lambda: layer(x).square().sum().backward())
    # Forward, and the gradient of the weight: each 2 operations a product.
    assert counted["flop"] == 2 * 2 * 3 * 4 * 5
    # Kept are the input and the output; the weight is the optimizer's.
    kept = 4 * (3 * 4 + 3 * 5)
    assert counted["bytes"] == 2 * kept + OPTIMIZER_BYTES * 20
    facts = {
        "matrix product, tf32": dict(tflop_per_s=1e-6),
        "copy on the device": dict(gb_per_s=1e-3),
    }
    assert floor(counted, facts, "tf32") == dict(
        by_operations_ms=round(240 / 1e3, 3),
        by_bytes_ms=round(counted["bytes"] / 1e3, 3),
    )
    assert floor(counted, {}, "tf32") == dict(by_operations_ms=None, by_bytes_ms=None)


def test_the_table_names_what_is_not_right(tmp_path):
    def item(relative, again, waits):
        return dict(
            status="done",
            loss=dict(relative=relative),
            gradient_norm=dict(relative=0.0),
            bfloat16=dict(finite=True),
            repeats=dict(deterministic=dict(again=again, resumed=0.0)),
            waits=waits,
        )

    items = dict(
        Good=item(1e-6, 0.0, {}), Far=item(0.01, 0.0, {}), Odd=item(0.0, 0.1, {"x": 2})
    )
    items["Broken"] = dict(status="failed", error="x")
    (tmp_path / "correct.json").write_text(json.dumps(items))
    text = table(tmp_path)
    assert "| first step as on the CPU | 2 of 3; not Far |" in text
    assert "| repeats and goes on to the bit | 2 of 3; not Odd |" in text
    assert "| waits for the device in a step | Odd 2 |" in text
    assert "| correct: items | 3 done. failed: Broken |" in text
    assert (tmp_path / "table.md").read_text() == text


@pytest.mark.slow
def test_no_gpu_is_said_in_one_line(tmp_path):
    script = ROOT / "benchmarks" / "gpu" / "run.py"
    done = subprocess.run(
        [sys.executable, script, "--out", tmp_path / "out", "--minutes", "1"],
        env=environment(CUDA_VISIBLE_DEVICES=""),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and not (tmp_path / "out").exists()
    assert done.stderr.strip().splitlines() == [
        "ce_plugin: error: torch finds no GPU here; to try the script: --device cpu"
    ]


def test_the_page_has_the_stages_and_what_they_time():
    page = (ROOT / "docs" / "gpu.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.M)[-4:] == list(command.STAGES)
    assert "--stages facts correct fast\n" in page and "--stages learn " in page
    joint = ", ".join(map(str, Sizes().joint[:2])) + f" and {Sizes().joint[2]}"
    assert f"the joint step at {joint} " in page
    assert f"with {Sizes().workers[0]} to {Sizes().workers[-1]} workers" in page
    assert f"More than {bundle.MOST_MB} MB together" in page


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_stage_on_a_cpu(tmp_path):
    """All that will run on a GPU has run, but for what is named as not here."""
    voc = make_voc(tmp_path / "voc")
    pack(voc, tmp_path / "pictures.zip", long_side=96, quality=80)
    out = tmp_path / "out"
    script = ROOT / "benchmarks" / "gpu" / "run.py"
    words = ["--out", out, "--minutes", "18", "--device", "cpu", "--tiny"]
    done = subprocess.run(
        [sys.executable, script, *words, "--pictures", tmp_path / "pictures.zip"],
        env=environment(),
        capture_output=True,
        text=True,
    )
    log = (out / "run.log").read_text()
    assert done.returncode == 0, done.stderr + log
    assert " ended" not in done.stdout, done.stdout + log
    found = {name: read(out / f"{name}.json") for name in command.STAGES}
    for name, items in found.items():
        states = {item["status"] for item in items.values()}
        assert "done" in states and states <= {"done", "not here"}, (name, items, log)
    away = {
        name for items in found.values() for name, i in items.items() if "reason" in i
    }
    assert {"copy, pinned to device", "matrix product, tf32"} <= away
    assert all("copy" in n or "tf32" in n or "captured" in n for n in away), away
    assert found["correct"]["killed and resumed"]["resumed"] == 0
    judged = found["learn"]["judged"]
    for task in ("svm-last-voc07", "knn-voc07", "segmentation-frozen"):
        assert all(isinstance(v, float) for v in judged[task].values()), judged
    # What can come back: few files, no folders.
    files = list(out.iterdir())
    assert len(files) <= 8 and all(f.is_file() for f in files)
    assert max(f.stat().st_size for f in files) < 16 * 2**20
    assert "| device | CPU" in done.stdout and "killed and resumed" in done.stdout
