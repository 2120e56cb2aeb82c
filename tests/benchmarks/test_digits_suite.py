"""The digits on a few of them and a few steps, from training to accuracy."""

import pytest
import torch
from harness.programs import digits, floors
from harness.suites import load_suite

from ce_plugin.checkpoints import load_encoder
from ce_plugin.datasets import MNISTDigits
from ce_plugin.engine.config import check_config, hand_out, load_config

SUITE = load_suite("mnist")


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
def test_thirty_iterations(network, tmp_path):
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
    accuracy = digits.probe(
        digits.features(encoder, meta, train), digits.features(encoder, meta, test)
    )["accuracy"]
    assert 80 < accuracy < 98


def test_norms_get_the_statistics_of_the_digits(tmp_path):
    encoder = dict(type="DCGANEncoder", input_size=64, base_channels=4, bottleneck=None)
    normalization = dict(mean=[0.0] * 3, std=[255.0] * 3, bgr=False)
    few = MNISTDigits(limit=60, transforms=[dict(type="Pad", padding=2)])
    floors.write_random(encoder, tmp_path / "encoder.pth", 0, normalization)
    net, meta = load_encoder(tmp_path / "encoder.pth")
    norm = digits.adapt_norms(net, meta, few).stages[1].norm
    assert (norm.running_var != 1).all() and not net.training


@pytest.mark.slow
def test_bare_pixels(tmp_path):
    """As a descriptor they are the grey values themselves, three times."""
    pixels, out = SUITE.method("pixels"), tmp_path / "encoder.pth"
    floors.write("descriptor", dict(encoder={}, out=str(out), **pixels.changes))
    net, meta = load_encoder(out)
    few = dict(transforms=[dict(type="Pad", padding=2)])
    train = MNISTDigits(limit=800, **few)
    known = digits.features(net, meta, train)
    grey = torch.nn.functional.pad(train.digits.flatten(1, 1) / 255, (2, 2, 2, 2))
    vectors = torch.from_numpy(known.vectors[digits.LAST]).view(-1, 3, 32, 32)
    for channel in range(3):
        torch.testing.assert_close(vectors[:, channel], grey, atol=1e-6, rtol=0)
    test = MNISTDigits(split="val", limit=300, **few)
    found = digits.probe(known, digits.features(net, meta, test))
    assert 80 < found["accuracy"] < 95


def test_without_a_data_root_it_is_the_digits_of_the_package(tmp_path):
    SUITE.without_root(tmp_path)
    for split in ("train", "val"):
        made, bundled = (
            MNISTDigits(str(tmp_path), split=split),
            MNISTDigits(split=split),
        )
        assert made.digits.equal(bundled.digits) and made.labels.equal(bundled.labels)
