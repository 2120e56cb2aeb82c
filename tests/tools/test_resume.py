"""A run that is killed and resumed ends in the weights of one that was not."""

import signal

import pytest
import torch
from runs import DEFAULT
from runs import train as run_tool

# Imported by the run through custom_imports; kills it without a word.
KILLER = """
import os, signal
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
import mmengine.runner.runner as runner_module


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@HOOKS.register_module()
class Killer(Hook):
    priority = 100  # after the checkpoint

    def __init__(self, at, where):
        self.at, self.where = at, where

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.at and self.where == "iteration":
            die()

    def before_save_checkpoint(self, runner, checkpoint):
        if runner.iter + 1 == self.at and self.where == "write":
            whole = runner_module.save_checkpoint

            def half(checkpoint, filename, **kwargs):
                whole(checkpoint, filename, **kwargs)
                with open(filename, "r+b") as file:
                    file.truncate(os.path.getsize(filename) // 2)
                die()

            runner_module.save_checkpoint = half
"""


def train(work_dir, *args, options=(), **kwargs):
    """With noise in the network, so that its randomness is put to the test too."""
    noise = ["model.backbone.noise_channels=4"]
    return run_tool(work_dir, *args, options=[*noise, *options], **kwargs)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    work_dir = tmp_path_factory.mktemp("whole") / "run"
    done = train(work_dir)
    assert done.returncode == 0, done.stderr[-2000:]
    return final(work_dir)


def final(work_dir):
    return torch.load(work_dir / "iter_6.pth", weights_only=True)


def assert_same(a, b, path="checkpoint"):
    assert type(a) is type(b), path
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b), path
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), path
        for key in a:
            assert_same(a[key], b[key], f"{path}.{key}")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b)):
            assert_same(x, y, f"{path}.{i}")
    else:
        assert a == b, path


def compare(ours, theirs):
    assert len(ours["state_dict"]) > 40
    assert set(ours["optimizer"]) == {"generator", "discriminator"}
    assert_same(ours["state_dict"], theirs["state_dict"])
    assert_same(ours["optimizer"], theirs["optimizer"])
    losses = "train/loss"
    a, b = (c["message_hub"]["log_scalars"][losses] for c in (ours, theirs))
    assert_same(a, b)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "where", "left"),
    [
        (3, "iteration", "iter_2.pth"),
        (4, "iteration", "iter_4.pth"),
        (4, "write", "iter_2.pth"),
    ],
)
def test_kill_and_resume(at, where, left, uninterrupted, tmp_path):
    (tmp_path / "killer.py").write_text(KILLER)
    config = tmp_path / "killed.py"
    config.write_text(
        f"_base_ = {str(DEFAULT)!r}\n"
        "custom_imports = dict(imports=['killer'])\n"
        "custom_hooks = [\n"
        "    dict(type='FiniteLossHook'),\n"
        f"    dict(type='mmengine.Killer', at={at}, where={where!r}),\n"
        "]\n"
    )
    work_dir = tmp_path / "run"
    killed = train(work_dir, config=config, modules=tmp_path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert (work_dir / "last_checkpoint").read_text() == str(work_dir / left)
    torch.load(work_dir / left, weights_only=True)

    resumed = train(work_dir, "--resume")
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    compare(final(work_dir), uninterrupted)
    assert (work_dir / "index.html").exists() and (work_dir / "encoder.pth").exists()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_workers_do_not_change_the_weights(workers, uninterrupted, tmp_path):
    work_dir = tmp_path / "run"
    done = train(work_dir, options=[f"train_dataloader.num_workers={workers}"])
    assert done.returncode == 0, done.stderr[-2000:]
    compare(final(work_dir), uninterrupted)
