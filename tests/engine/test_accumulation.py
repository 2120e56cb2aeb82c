"""Accumulated gradients: which step they go into, in a resumed run as well."""

import copy
import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from models.pretext_cases import PRETEXTS
from tiny import batch, build_model, build_optim, dcgan_config
from torch.utils.data import DataLoader, Dataset

from ce_plugin.engine import SafeCheckpointHook
from ce_plugin.engine.clipping import steps_between_updates
from ce_plugin.engine.loop import PretrainLoop

JOINT = dcgan_config(base=4)
COUNT, LAST = 3, 7


class Batches(Dataset):
    """Batches of two pictures, each by its iteration."""

    def __len__(self):
        return LAST

    def __getitem__(self, index):
        return batch(n=2, seed=index)


class From(torch.utils.data.Sampler):
    """All from ``start`` on."""

    start = 0

    def __iter__(self):
        return iter(range(self.start, LAST))

    def __len__(self):
        return LAST


def loop_of(model, optim):
    data = Batches()
    loader = DataLoader(data, sampler=From(), collate_fn=lambda items: items[0])
    runner = SimpleNamespace(
        model=model,
        optim_wrapper=optim,
        seed=0,
        visualizer=SimpleNamespace(),
        call_hook=lambda *args, **kwargs: None,
        val_loop=None,
        logger=logging.getLogger("test"),
        message_hub=MessageHub.get_instance("accumulation"),
    )
    return PretrainLoop(runner, loader, max_iters=LAST)


def make():
    model = build_model(JOINT)
    return model, build_optim(model, accumulative_counts=COUNT)


def test_a_run_resumed_after_a_whole_step_ends_as_one_that_was_not():
    model, optim = make()
    loop = loop_of(model, optim)
    kept = {}

    def keep(name, **kwargs):
        # Once the sixth iteration has been done.
        if name == "before_train_iter" and loop.iter == 2 * COUNT:
            kept.update(copy.deepcopy(dict(m=model.state_dict(), o=optim.state_dict())))

    loop.runner.call_hook = keep
    loop.run()
    again, optim_again = make()
    again.load_state_dict(kept["m"])
    optim_again.load_state_dict(kept["o"])
    resumed = loop_of(again, optim_again)
    resumed._iter = 2 * COUNT
    resumed.run()
    for key, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], value), key
    # The gradients of the last iteration, alone in its step, are not dropped.
    assert any(not torch.equal(v, kept["m"][k]) for k, v in again.named_parameters())


@pytest.mark.parametrize(
    ("accumulated", "asked", "interval"),
    [(1, 350, 350), (4, 350, 352), (4, 352, 352), (4, 1, 4), (4, -1, -1)],
)
def test_checkpoints_are_written_after_whole_steps(
    accumulated, asked, interval, tmp_path, caplog
):
    optim = build_optim(build_model(JOINT), accumulative_counts=accumulated)
    runner = SimpleNamespace(
        work_dir=str(tmp_path),
        logger=logging.getLogger("test"),
        optim_wrapper=optim,
        message_hub=MessageHub.get_instance("accumulation"),
    )
    hook = SafeCheckpointHook(interval=asked)
    hook.before_train(runner)
    assert hook.interval == interval
    warned = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert len(warned) == (asked != interval)


def test_momentum_networks_move_once_for_each_step():
    """And not with every batch whose gradients are accumulated."""
    moved = []

    class Follows(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def train_step(self, data, optim_wrapper):
            moved.append(self.stepped)
            loss = self.weight.sum()
            optim_wrapper.update_params(loss)
            return dict(loss=loss)

    model = Follows()
    sgd = torch.optim.SGD(model.parameters(), 0.1)
    optim = OptimWrapper(sgd, accumulative_counts=COUNT)
    loop_of(model, optim).run()
    assert moved == [True, False, False, True, False, False, True]


@pytest.mark.parametrize("name", ["BYOL", "MoCo", "DINO", "DenseCL"])
def test_a_momentum_network_stands_still_between_steps(name):
    case = PRETEXTS[name]
    model = build_model(dict(type=name) | case.config).train()
    inputs = model.data_preprocessor(case.batch(4, 0), True)
    with torch.no_grad():
        for parameter in model.backbone.parameters():
            parameter.add_(1)
    for stepped in (False, True):
        before = [p.clone() for p in model.backbone_momentum.parameters()]
        model.stepped = stepped
        model(**inputs, mode="loss")
        after = model.backbone_momentum.parameters()
        assert any(not torch.equal(a, b) for a, b in zip(after, before)) == stepped


def test_two_networks_may_accumulate_differently():
    model = build_model(JOINT)
    optim = build_optim(
        model, accumulative_counts=4, discriminator=dict(accumulative_counts=6)
    )
    assert steps_between_updates(optim) == 12
