"""Which parameters are trained by which optimizer, and how fast."""

import platform

import pytest
from tiny import build_model, build_optim, dcgan_config

from ce_plugin.engine.memory import keep_memory
from ce_plugin.errors import InputError


def parameters(wrapper):
    groups = wrapper.optimizer.param_groups
    return {id(p) for group in groups for p in group["params"]}


def test_every_parameter_has_one_optimizer():
    model = build_model(dcgan_config())
    optim = build_optim(model)
    judged = {id(p) for p in model.discriminator.parameters()}
    made = {id(p) for part in model.generator for p in part.parameters()}
    assert parameters(optim["discriminator"]) == judged
    assert parameters(optim["generator"]) == made
    assert judged | made == {id(p) for p in model.parameters()}


def test_what_differs_for_the_discriminator():
    model = build_model(dcgan_config())
    optim = build_optim(
        model,
        lr_factor=3,
        clip_grad=dict(max_norm=1.0),
        discriminator=dict(optimizer=dict(betas=(0.9, 0.99)), clip_grad=None),
    )
    ours, theirs = (optim[k].optimizer for k in ("generator", "discriminator"))
    assert ours.defaults["lr"] == pytest.approx(6e-4)
    assert theirs.defaults["lr"] == 2e-4
    assert ours.defaults["betas"] == (0.5, 0.999)
    assert theirs.defaults["betas"] == (0.9, 0.99)
    assert optim["generator"].clip_grad_kwargs == dict(max_norm=1.0)
    assert not optim["discriminator"].clip_grad_kwargs


def test_weight_decay_rules_reach_the_parts():
    from ce_plugin.registry import OPTIM_WRAPPER_CONSTRUCTORS

    model = build_model(dcgan_config())
    cfg = dict(
        type="ContextEncoderOptimWrapper",
        optim_wrapper_cfg=dict(optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.1)),
        paramwise_cfg=dict(norm_decay_mult=0.0),
    )
    optim = OPTIM_WRAPPER_CONSTRUCTORS.build(cfg)(model)
    decay = {
        id(p): group["weight_decay"]
        for group in optim["generator"].optimizer.param_groups
        for p in group["params"]
    }
    assert decay[id(model.backbone.stages[1].norm.weight)] == 0
    assert decay[id(model.backbone.stages[1].conv.weight)] == 0.1


@pytest.mark.parametrize("factor", [0, -1, "realeased"])
def test_wrong_factors(factor):
    with pytest.raises(InputError, match="lr_factor"):
        build_optim(build_model(dcgan_config()), lr_factor=factor)


def test_memory_is_kept_where_the_c_library_is_glibc():
    assert keep_memory() == (platform.libc_ver()[0] == "glibc")
