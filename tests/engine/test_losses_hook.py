"""Losses come to the log late, all of them, and to whoever needs them in time."""

import math
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.logging import MessageHub

from ce_plugin.engine.hooks import FetchLossesHook, FiniteLossHook
from ce_plugin.engine.hooks.losses import fetch_losses, losses_are_pending
from ce_plugin.errors import TrainingError


class Late(FetchLossesHook):
    """As if the losses were on a GPU."""

    @staticmethod
    def _costs(outputs):
        return True


def make_runner(tmp_path, name, *hooks, interval=4, length=100, last=10):
    return SimpleNamespace(
        message_hub=MessageHub.get_instance(f"{tmp_path.name}-{name}"),
        hooks=[*hooks, LoggerHook(interval=interval)],
        train_dataloader=range(length),
        work_dir=str(tmp_path),
        iter=0,
        max_iters=last,
    )


def train(runner, losses, after=lambda runner: None):
    for i, loss in enumerate(losses):
        runner.iter = i
        outputs = dict(loss=torch.tensor(loss), mse=torch.tensor(2 * loss))
        for hook in runner.hooks[:-1]:
            hook.after_train_iter(runner, i, None, outputs)
        after(runner)


def history(runner, name="loss"):
    return runner.message_hub.log_scalars[f"train/{name}"].data[0].tolist()


@pytest.mark.parametrize("hook", [Late, FetchLossesHook])
def test_the_log_is_the_one_of_mmengines_hook(hook, tmp_path):
    losses = [1 / (i + 3) for i in range(10)]
    ours = make_runner(tmp_path, "ours", hook())
    theirs = make_runner(tmp_path, "theirs", RuntimeInfoHook())
    train(ours, losses)
    train(theirs, losses)
    for name in ("loss", "mse"):
        assert history(ours, name) == history(theirs, name)
        assert len(history(ours, name)) == 10


def test_they_are_fetched_where_the_logger_looks(tmp_path):
    seen = []
    runner = make_runner(tmp_path, "interval", Late(), length=6)

    def look(runner):
        known = runner.message_hub.log_scalars.get("train/loss")
        seen.append(0 if known is None else len(known.data[0]))

    train(runner, [1.0] * 10, look)
    # The interval, the end of an epoch, the interval, the end.
    assert seen == [0, 0, 0, 4, 4, 6, 6, 8, 8, 10]


def test_a_checkpoint_has_all_of_them(tmp_path):
    runner = make_runner(tmp_path, "checkpoint", Late())
    train(runner, [1.0, 2.0])
    assert losses_are_pending(runner)
    fetch_losses(runner)
    assert history(runner) == [1.0, 2.0] and not losses_are_pending(runner)


@pytest.mark.parametrize("hook", [Late, FetchLossesHook])
def test_what_is_not_finite_is_found_with_its_iteration(hook, tmp_path):
    nan = math.nan
    runner = make_runner(tmp_path, "nan", hook(), FiniteLossHook(3))
    train(runner, [1.0, nan, nan, 1.0, 1.0])
    runner = make_runner(tmp_path, "more", hook(), FiniteLossHook(3))
    with pytest.raises(TrainingError, match=r"loss, mse not finite for 3 .* up to 5;"):
        train(runner, [1.0, 1.0, nan, nan, nan, nan, 1.0, 1.0])
