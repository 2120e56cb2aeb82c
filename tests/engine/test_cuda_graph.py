"""The recorded step is the step: same numbers, same state, and a line where it is not.

A GPU's graph is played by one that records operations and memory on a CPU.
"""

import copy
import random
from functools import partial

import pytest
import torch
from engine.recorded_graph import RecordedGraph
from mmengine.optim import OptimWrapper
from tiny import batch, build_model, build_optim, dcgan_config

from ce_plugin.engine.clipping import usual_step
from ce_plugin.engine.cuda_graph import WARM_UP, CapturedStep, why_not

# Learning rates that float32 has exactly, as the tensors are float32.
ADAM = dict(
    optimizer=dict(type="Adam", lr=2**-12, betas=(0.5, 0.999), fused=True), lr_factor=8
)
JOINT = dcgan_config(base=4)
ALONE = dcgan_config(base=4, joint=False)
STEPS = WARM_UP + 4


def start(cfg, optim=ADAM):
    model = build_model(cfg).train()
    return model, build_optim(model, **copy.deepcopy(optim))


def usual(model, optim):
    return partial(usual_step, model, optim)


def captured(model, optim, said):
    return CapturedStep(model, optim, said.append, RecordedGraph)


def optimizers(optim):
    wrappers = getattr(optim, "optim_wrappers", dict(one=optim))
    return [wrapper.optimizer for wrapper in wrappers.values()]


def run(step, optim, first=0, last=STEPS, size=4):
    """Steps with a learning rate that falls, as the loop does them."""
    logs = []
    for i in range(first, last):
        for optimizer in optimizers(optim):
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * 2**-i
        torch.manual_seed(i)
        random.seed(i)
        logs.append({k: v.clone() for k, v in step(batch(size, seed=i)).items()})
    return logs


def with_initial_rates(optim):
    for optimizer in optimizers(optim):
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
    return optim


def assert_equal(ours, theirs):
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        assert torch.equal(value, theirs[key]), key


@pytest.mark.parametrize("cfg", [JOINT, ALONE], ids=["joint", "alone"])
def test_same_numbers_as_the_plain_step(cfg):
    model, optim = start(cfg)
    plain = run(usual(model, optim), with_initial_rates(optim))
    again, optim_again = start(cfg)
    said = []
    step = captured(again, optim_again, said)
    replayed = run(step, with_initial_rates(optim_again))
    assert step.recorded is not None and said == []
    for ours, theirs in zip(replayed, plain):
        assert_equal(ours, theirs)
    assert_equal(again.state_dict(), model.state_dict())
    for ours, theirs in zip(optimizers(optim_again), optimizers(optim)):
        assert ours.param_groups[0]["lr"] == theirs.param_groups[0]["lr"]
        for one, other in zip(ours.state.values(), theirs.state.values()):
            assert_equal(one, other)


def test_sgd():
    sgd = dict(optimizer=dict(type="SGD", lr=2**-6, momentum=0.5, fused=True))
    model, optim = start(ALONE, sgd)
    plain = run(usual(model, optim), with_initial_rates(optim))
    again, optim_again = start(ALONE, sgd)
    step = captured(again, optim_again, [])
    replayed = run(step, with_initial_rates(optim_again))
    assert step.recorded is not None
    for ours, theirs in zip(replayed, plain):
        assert_equal(ours, theirs)


@pytest.mark.parametrize("cfg", [JOINT, ALONE], ids=["joint", "alone"])
def test_clipped_gradients(cfg):
    clipped = ADAM | dict(clip_grad=dict(max_norm=0.01))
    model, optim = start(cfg, clipped)
    plain = run(usual(model, optim), with_initial_rates(optim))
    again, optim_again = start(cfg, clipped)
    step = captured(again, optim_again, [])
    replayed = run(step, with_initial_rates(optim_again))
    assert step.recorded is not None
    for ours, theirs in zip(replayed, plain):
        assert_equal(ours, theirs)
        names = ["grad_norm_generator", "grad_norm_discriminator"]
        for name in names if cfg is JOINT else ["grad_norm"]:
            assert ours[name] > 0.01
    assert_equal(again.state_dict(), model.state_dict())
    # As mmengine does it by itself, and its own method is in its place again.
    third, own = start(cfg, clipped)
    run(partial(third.train_step, optim_wrapper=own), with_initial_rates(own))
    assert_equal(third.state_dict(), model.state_dict())
    for optimizer in getattr(optim, "optim_wrappers", dict(one=optim)).values():
        assert "_clip_grad" not in vars(optimizer)


def test_a_resumed_run_goes_on_in_the_same_numbers():
    model, optim = start(JOINT)
    with_initial_rates(optim)
    step = captured(model, optim, [])
    run(step, optim, last=WARM_UP + 2)
    state = copy.deepcopy((model.state_dict(), optim.state_dict()))
    run(step, optim, WARM_UP + 2, 2 * STEPS)

    again, optim_again = start(JOINT)
    again.load_state_dict(state[0])
    optim_again.load_state_dict(state[1])
    run(captured(again, optim_again, []), optim_again, WARM_UP + 2, 2 * STEPS)
    assert_equal(again.state_dict(), model.state_dict())


def test_what_is_saved_has_numbers_for_rates_and_the_options_of_the_config():
    model, optim = start(ALONE)
    run(captured(model, optim, []), with_initial_rates(optim))
    (group,) = optim.state_dict()["param_groups"]
    assert isinstance(group["lr"], float)
    assert group["capturable"] is False and group["foreach"] is None


def test_batches_of_another_size_run_as_usual_in_between():
    model, optim = start(ALONE)
    with_initial_rates(optim)
    plain = usual(model, optim)
    again, optim_again = start(ALONE)
    with_initial_rates(optim_again)
    said = []
    step = captured(again, optim_again, said)
    for one, other in ((plain, optim), (step, optim_again)):
        run(one, other)
        run(one, other, STEPS, STEPS + 1, size=3)
        run(one, other, STEPS + 1, STEPS + 2)
    assert_equal(again.state_dict(), model.state_dict())
    assert said == [
        "--compile: batches differ in shape; those unlike the first run as usual"
    ]


def draws(module, args, maps):
    return [x * (1 + 0.1 * random.random()) for x in maps]


def waits(module, args, maps):
    return [x * (1 + 0.1 * x.detach().sum().sign().item()) for x in maps]


@pytest.mark.parametrize(
    ("what", "why"),
    [(draws, "draws random numbers on the host"), (waits, "not permitted")],
)
def test_what_cannot_be_recorded_runs_as_usual(what, why):
    results = []
    for capture in (False, True):
        model, optim = start(ALONE)
        model.backbone.register_forward_hook(what)
        said = []
        step = captured(model, optim, said) if capture else usual(model, optim)
        run(step, with_initial_rates(optim))
        results.append(model.state_dict())
    assert_equal(*results)
    (line,) = said
    assert line.startswith("--compile: the step cannot be recorded: ") and why in line


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (dict(accumulative_counts=2), "accumulated"),
        (dict(optimizer=dict(type="RMSprop", lr=1e-3)), "RMSprop is none of Adam, "),
        ({}, "CUDA graphs need a GPU"),
    ],
)
def test_why_not(options, why, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model, optim = start(ALONE, ADAM | options)
    reason = why_not(model, optim)
    assert why in reason and "\n" not in reason


def test_on_a_gpu_nothing_is_in_the_way(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    model, optim = start(JOINT)
    assert why_not(model, optim) is None
    assert isinstance(optim["generator"], OptimWrapper)
