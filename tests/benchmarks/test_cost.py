"""What a run cost, also where it was stopped in between."""

import json
import sys
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from runs import ROOT
from torch import nn

sys.path.insert(0, str(ROOT / "benchmarks"))
from harness import cost


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when told to, on the wall as for the processor."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(cost, "clock", lambda: now.seconds)
    monkeypatch.setattr(cost.time, "perf_counter", lambda: now.seconds)
    return now


def start(hub, at: int, folder) -> tuple[cost.CostHook, SimpleNamespace]:
    model = nn.Module()
    model.backbone = nn.Linear(2, 3)
    loader = SimpleNamespace(batch_size=8)
    runner = SimpleNamespace(
        message_hub=hub, iter=at, model=model, train_dataloader=loader, work_dir=folder
    )
    hook = cost.CostHook()
    hook.before_run(runner)
    return hook, runner


def steps(hook, runner, clock, losses) -> None:
    hook.before_train_epoch(runner)
    for loss in losses:
        clock.seconds += 2.0
        hook.after_train_iter(runner, outputs=dict(loss=torch.tensor(loss)))
        runner.iter += 1


def test_a_resumed_start_has_all_of_the_run(clock, tmp_path):
    hub = MessageHub("cost of the first start")
    hook, runner = start(hub, 0, tmp_path)
    clock.seconds += 6.0
    steps(hook, runner, clock, [float(loss) for loss in range(30)])
    kept = hub.state_dict()
    # What comes after the checkpoint is lost, and done again.
    hook.after_train_iter(runner, outputs=dict(loss=torch.tensor(99.0)))

    again = MessageHub("cost of the second start")
    again.load_state_dict(kept)
    hook, runner = start(again, 30, tmp_path)
    steps(hook, runner, clock, [float(loss) for loss in range(30, 40)])
    hook.after_train(runner)
    found = json.loads((tmp_path / "cost.json").read_text())
    assert found["iterations"] == 40 and found["images"] == 320
    # The last twentieth of all forty.
    assert found["loss"] == pytest.approx((38 + 39) / 2)
    assert found["minutes"] == pytest.approx((6 + 40 * 2) / 60)
    assert found["wall_minutes"] == pytest.approx(40 * 2 / 60)
    assert found["images_per_second"] == pytest.approx(4.0)
    assert found["parameters"] == 9


def test_a_run_that_was_complete_when_it_was_resumed(clock, tmp_path):
    hub = MessageHub("cost of a whole run")
    hook, runner = start(hub, 0, tmp_path)
    steps(hook, runner, clock, [5.0] * 10)
    again = MessageHub("cost of nothing more")
    again.load_state_dict(hub.state_dict())
    hook, runner = start(again, 10, tmp_path)
    steps(hook, runner, clock, [])
    hook.after_train(runner)
    found = json.loads((tmp_path / "cost.json").read_text())
    assert found["loss"] == 5.0 and found["images_per_second"] == pytest.approx(4.0)
