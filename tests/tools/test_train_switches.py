"""What --compile and --deterministic do to a run of the tool."""

from functools import partial

import pytest
import torch
from engine.recorded_graph import RecordedGraph
from runs import DEFAULT, SMALL, train

from ce_plugin.console import command
from ce_plugin.engine import loop
from ce_plugin.engine.cuda_graph import CapturedStep
from ce_plugin.tools import train as tool


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="says it where there is no GPU")
def test_compile_on_a_cpu_says_why_not_and_trains(tmp_path):
    done = train(tmp_path / "run", "--compile", options=["train_cfg.max_iters=2"])
    assert done.returncode == 0, done.stderr[-2000:]
    said = [x for x in (done.stdout + done.stderr).splitlines() if "--compile" in x]
    assert len(said) == 1
    assert said[0].endswith("CUDA graphs need a GPU; the step runs as usual")


@pytest.mark.slow
def test_deterministic_runs_are_equal_to_the_bit(tmp_path):
    """Also one that was stopped in between and resumed."""
    states = []
    for name, parts in dict(one=[6], two=[6], resumed=[4, 6]).items():
        work_dir = tmp_path / name
        for i, last in enumerate(parts):
            resume = ["--resume"] if i else []
            options = [f"train_cfg.max_iters={last}", "param_scheduler=[]"]
            done = train(work_dir, "--deterministic", *resume, options=options)
            assert done.returncode == 0, done.stderr[-2000:]
        states.append(torch.load(work_dir / "iter_6.pth", weights_only=True))
    for state in states[1:]:
        assert state["state_dict"].keys() == states[0]["state_dict"].keys()
        for key, value in states[0]["state_dict"].items():
            assert torch.equal(state["state_dict"][key], value), key


def test_an_operation_that_does_not_repeat_is_refused_by_name(capsys):
    def main():
        torch.use_deterministic_algorithms(True)
        try:
            places = torch.tensor([0, 0])
            torch.zeros(3).put_(places, torch.ones(2), accumulate=False)
        finally:
            torch.use_deterministic_algorithms(False)

    assert command.run(main) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ce_plugin: error: put_ has no kernel on this device that")
    assert "leave --deterministic out" in line


def test_an_unknown_precision(capsys, monkeypatch, tmp_path):
    argv = ["train", "configs/pretrain_ce.py", "--work-dir", str(tmp_path / "run")]
    argv += ["--cfg-options", "float32_precision=fp16"]
    monkeypatch.setattr("sys.argv", argv)
    assert tool.main() == 2
    assert "float32_precision is 'tf32' or 'ieee'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_recorded_run_ends_as_a_plain_one_resumed_or_not(monkeypatch, tmp_path):
    """With a GPU's graph played by one that records on a CPU."""
    replays = []

    class Graph(RecordedGraph):
        def replay(self):
            replays.append(1)
            super().replay()

    monkeypatch.setattr(loop, "why_not", lambda *_: None)
    monkeypatch.setattr(loop, "CapturedStep", partial(CapturedStep, graph=Graph))
    states = {}
    for name, parts in dict(plain=[12], recorded=[12], resumed=[6, 12]).items():
        for i, last in enumerate(parts):
            argv = ["train", str(DEFAULT), "--work-dir", str(tmp_path / name)]
            argv += ["--resume"] * i + ["--compile"] * (name != "plain")
            # A rate that float32 has exactly.
            options = [f"train_cfg.max_iters={last}", "param_scheduler=[]"]
            options += ["optim_wrapper.optimizer.lr=0.000244140625"]
            argv += ["--cfg-options", *SMALL, *options, "optim_wrapper.lr_factor=8"]
            monkeypatch.setattr("sys.argv", argv)
            assert tool.main() == 0
        path = tmp_path / name / "iter_12.pth"
        states[name] = torch.load(path, weights_only=True)
    assert len(replays) == (12 - 3) + (6 - 3) + (6 - 3)
    for name in ("recorded", "resumed"):
        for key, value in states["plain"]["state_dict"].items():
            assert torch.equal(states[name]["state_dict"][key], value), (name, key)
