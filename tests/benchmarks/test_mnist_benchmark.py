"""The MNIST benchmark on a few digits and a few steps, from training to accuracy."""

import importlib.util
import sys

import pytest
import torch
from runs import ROOT

from ce_plugin.checkpoints import load_encoder
from ce_plugin.datasets import MNISTDigits
from ce_plugin.engine.config import check_config, hand_out, load_config


@pytest.fixture(scope="module")
def mnist():
    """benchmarks/mnist.py as a module."""
    path = list(sys.path)
    spec = importlib.util.spec_from_file_location(
        "benchmark_mnist", ROOT / "benchmarks" / "mnist.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path


def short_run(name, work_dir, *options):
    """30 iterations of a config; the runner afterwards, and the losses."""
    from mmengine.logging import MessageHub
    from mmengine.registry import init_default_scope
    from mmengine.runner import Runner

    small = ["train_cfg.max_iters=30", "train_cfg.val_interval=30"]
    small += ["val_dataloader.dataset.limit=20", "train_dataloader.batch_size=64"]
    cfg = load_config(f"{name}.py", [*small, *options])
    cfg.work_dir, cfg.experiment_name = str(work_dir), f"{name}-{work_dir.name}"
    check_config(hand_out(cfg))
    runner = Runner.from_cfg(cfg)
    try:
        runner.train()
        hub = MessageHub.get_current_instance()
        return runner, hub.get_scalar("train/loss_reconstruction").data[0]
    finally:
        init_default_scope("ce_plugin")


@pytest.mark.slow
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_thirty_iterations(mnist, network, tmp_path):
    name = f"context-encoder_{network}_mnist"
    runner, losses = short_run(name, tmp_path)
    assert losses[-5:].mean() < 0.8 * losses[:5].mean()
    for made in ("index.html", "metrics.json", "pictures/iter_000030.png"):
        assert (tmp_path / made).stat().st_size > 0

    encoder, meta = load_encoder(tmp_path / "encoder.pth")
    trained = runner.model.backbone.state_dict()
    assert all(torch.equal(v, trained[k]) for k, v in encoder.state_dict().items())
    transforms = runner.cfg.val_dataloader.dataset.get("transforms", [])
    train, test = (
        MNISTDigits(split=split, limit=limit, transforms=transforms)
        for split, limit in (("train", 800), ("val", 500))
    )
    accuracy = mnist.probe(
        mnist.features(encoder, meta, train), mnist.features(encoder, meta, test)
    )["accuracy"]
    assert 80 < accuracy < 98


@pytest.mark.slow
def test_rows_beside_the_features(mnist):
    train = MNISTDigits(limit=800)
    test = MNISTDigits(split="val", limit=500)
    assert 80 < mnist.probe(mnist.pixels(train), mnist.pixels(test))["accuracy"] < 95
    meta = dict(
        backbone=dict(type="DCGANEncoder", input_size=64, base_channels=4),
        normalization=dict(mean=[0.0] * 3, std=[255.0] * 3, bgr=False),
    )
    meta["backbone"]["bottleneck"] = None
    small = MNISTDigits(limit=60, transforms=[dict(type="Pad", padding=2)])
    first, again, other = (mnist.untrained(meta, small, seed) for seed in (0, 0, 1))
    norm = first.stages[1].norm
    assert (norm.running_var != 1).all() and not first.training
    key = "stages.0.conv.weight"
    assert torch.equal(first.state_dict()[key], again.state_dict()[key])
    assert not torch.equal(first.state_dict()[key], other.state_dict()[key])


def test_spread_is_the_sample_deviation(mnist):
    assert mnist.spread([90.0, 92.0, 94.0]) == dict(
        mean=92.0, std=2.0, values=[90.0, 92.0, 94.0]
    )
    assert mnist.spread([90.0])["std"] == 0.0
