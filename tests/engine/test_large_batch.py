"""LARS and LAMB through a config: against lightly's, its formula, mmengine's rules."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from torch import nn

from ce_plugin.registry import OPTIMIZERS


def test_steps_of_lars_are_lightlys():
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


def test_a_step_of_lamb_against_its_formula():
    torch.manual_seed(0)
    weight = nn.Parameter(torch.randn(5, 3))
    start, gradient = weight.detach().clone(), 0.01 * torch.randn(5, 3)
    cfg = dict(type="Lamb", params=[weight], lr=0.1, weight_decay=0.02)
    optimizer = OPTIMIZERS.build(cfg)
    weight.grad = gradient.clone()
    optimizer.step()
    # After one step the corrected moments are the gradient and its square.
    direction = gradient / (gradient.abs() + 1e-6) + 0.02 * start
    trust = start.norm() / direction.norm()
    wanted = start - 0.1 * trust * direction
    torch.testing.assert_close(weight.detach(), wanted, rtol=1e-4, atol=1e-5)


def test_lamb_takes_mmengines_rules_for_parameters():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    wrapper = build_optim_wrapper(
        net,
        dict(
            type="OptimWrapper",
            optimizer=dict(type="Lamb", lr=8e-3, weight_decay=0.02),
            paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
        ),
    )
    groups = wrapper.optimizer.param_groups
    assert [group["weight_decay"] for group in groups] == [0.02, 0.0, 0.0, 0.0]
    assert type(wrapper.optimizer).__module__.startswith("timm")
