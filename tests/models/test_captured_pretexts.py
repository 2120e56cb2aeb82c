"""Every pretext's recorded step is its step, with what it draws and schedules."""

import copy

import pytest
import torch
from engine.recorded_graph import RecordedGraph
from mmengine.optim import OptimWrapper
from models.pretext_cases import PRETEXTS, registered
from tiny import build_model

from ce_plugin.engine.captured import WARM_UP, CapturedStep

STEPS = 3 * WARM_UP
# What is not replayed in some steps, and why: the line that says so.
SAID: dict[str, str] = {}


def run(name, capture):
    case = PRETEXTS[name]
    config = copy.deepcopy(case.config)
    model = build_model(dict(type=name) | config).train()
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
        data = case.batch(4, i)
        if capture:
            logs.append({k: v.clone() for k, v in step(data).items()})
            replayed += step.recorded is not None
        else:
            logs.append(model.train_step(data, optim))
    return model, logs, said, replayed


@pytest.mark.parametrize("name", sorted(registered()))
def test_the_recorded_step_is_the_step(name):
    plain, plain_logs, *_ = run(name, capture=False)
    model, logs, said, replayed = run(name, capture=True)
    assert said == [SAID[name]] if name in SAID else said == []
    assert replayed >= 2 or name in SAID
    for i, (ours, theirs) in enumerate(zip(logs, plain_logs)):
        for key, value in theirs.items():
            torch.testing.assert_close(ours[key], value, msg=f"{i}: {key}")
    state = model.state_dict()
    for key, value in plain.state_dict().items():
        torch.testing.assert_close(state[key], value, msg=key)
