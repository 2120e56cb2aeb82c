"""Every recorded step is the step: pretexts and classifiers, draws and schedules."""

import copy
import random

import pytest
import torch
from engine.recorded_graph import RecordedGraph
from mmengine.optim import OptimWrapper
from models.pretext_cases import fitted, registered
from models.test_on_a_device import CASES
from tiny import build_model

from ce_plugin.engine.cuda_graph import WARM_UP, CapturedStep

STEPS = 3 * WARM_UP
# What is not recorded, and why; one line says so.
NOT_RECORDED = {"mixed": "timm's Mixup draws on the host"}


def run(name, capture, hook=None):
    config, batch = CASES[name]
    model = fitted(build_model(copy.deepcopy(config))).train()
    if hook is not None:
        model.backbone.register_forward_hook(hook)
    if hasattr(model, "groups"):
        model.groups = 2
    sgd = torch.optim.SGD(model.parameters(), 2**-7, momentum=0.5, fused=True)
    optim, said, replayed = OptimWrapper(sgd), [], 0
    step = CapturedStep(model, optim, said.append, RecordedGraph)
    logs = []
    for i in range(STEPS):
        # Schedules move all the time and reach their ends.
        model.progress = i / STEPS
        torch.manual_seed(i)
        data = batch(4, i)
        if capture:
            logs.append({k: v.clone() for k, v in step(data).items()})
            replayed += step.recorded is not None
        else:
            logs.append(model.train_step(data, optim))
    return model, logs, said, replayed


def test_every_pretext_has_a_row():
    assert set(registered()) <= set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_recorded_step_is_the_step(name, monkeypatch):
    # Labels that lie on a device are not looked at.
    losses = "ce_plugin.models.classifiers.losses.check_range"
    monkeypatch.setattr(losses, lambda *_: None)
    plain, plain_logs, *_ = run(name, capture=False)
    model, logs, said, replayed = run(name, capture=True)
    if name in NOT_RECORDED:
        (line,) = said
        assert line.startswith("--compile: the step cannot be recorded: ")
    else:
        assert said == [] and replayed >= 2
    for i, (ours, theirs) in enumerate(zip(logs, plain_logs)):
        for key, value in theirs.items():
            torch.testing.assert_close(ours[key], value, msg=f"{i}: {key}")
    state = model.state_dict()
    for key, value in plain.state_dict().items():
        torch.testing.assert_close(state[key], value, msg=key)


def draws_on_the_host(module, args, maps):
    random.random()


@pytest.mark.parametrize("name", ["BYOL", "DINO", "hidden words"])
def test_schedules_go_on_where_the_step_cannot_be_recorded(name):
    plain, *_ = run(name, capture=False)
    model, _, said, _ = run(name, capture=True, hook=draws_on_the_host)
    (line,) = said
    assert "draws random numbers on the host" in line
    assert model.schedule() and not model.held
    state = model.state_dict()
    for key, value in plain.state_dict().items():
        torch.testing.assert_close(state[key], value, msg=key)
