"""LAMB through the config's name, against its formula."""

import torch
from mmengine.optim import build_optim_wrapper
from torch import nn

from ce_plugin.registry import OPTIMIZERS


def test_one_step_against_the_formula():
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


def test_built_by_mmengine_with_its_rules_for_parameters():
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
