"""LARS through the config's name, against lightly's and mmengine's rules."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from torch import nn

import ce_plugin  # noqa: F401


def test_steps_are_lightlys():
    lars = pytest.importorskip("lightly.utils.lars").LARS
    torch.manual_seed(0)
    ours = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    theirs = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    theirs.load_state_dict(ours.state_dict())
    optimizer = dict(type="LARS", lr=0.5, momentum=0.9, weight_decay=1e-3)
    rules = dict(norm_decay_mult=0.0, bias_decay_mult=0.0)
    cfg = dict(type="OptimWrapper", optimizer=optimizer, paramwise_cfg=rules)
    wrapper = build_optim_wrapper(ours, cfg)
    decays = [group["weight_decay"] for group in wrapper.optimizer.param_groups]
    assert decays == [1e-3, 0.0, 0.0, 0.0]
    groups = [
        dict(params=[p], weight_decay=decay)
        for p, decay in zip(theirs.parameters(), decays)
    ]
    reference = lars(groups, lr=0.5, momentum=0.9)
    start = ours[0].weight.detach().clone()
    for _ in range(3):
        for p, q in zip(ours.parameters(), theirs.parameters()):
            p.grad = torch.randn_like(p)
            q.grad = p.grad.clone()
        wrapper.optimizer.step()
        reference.step()
    for p, q in zip(ours.parameters(), theirs.parameters()):
        torch.testing.assert_close(p, q)
    assert not torch.equal(ours[0].weight, start)
