"""How many checkpoints are kept, and what they say of their model."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from tiny import batch, build_model, dcgan_config

from ce_plugin.checkpoints import load_model
from ce_plugin.engine import SafeCheckpointHook
from ce_plugin.engine.hooks import EncoderExportHook
from ce_plugin.errors import TrainingError

MASK = dict(type="RandomBlock")


@pytest.mark.parametrize("keep", [-1, 1, 2, 3, 5])
def test_the_newest_are_kept(keep, tmp_path):
    hook = SafeCheckpointHook(max_keep_ckpts=keep, filename_tmpl="iter_{}.pth")
    for number in range(1, 8):
        path = tmp_path / f"iter_{number}.pth"
        path.touch()
        hook._remove_old(path)
        first = 1 if keep < 0 else max(1, number - keep + 1)
        kept = {p.name for p in tmp_path.iterdir()}
        assert kept == {f"iter_{n}.pth" for n in range(first, number + 1)}


def runner_of(model, work_dir):
    data = dict(batch_size=4, dataset=dict(type="Pictures", mask=MASK, transforms=[]))
    return SimpleNamespace(
        model=model,
        cfg=Config(dict(model=dcgan_config(), train_dataloader=data)),
        train_dataloader=None,
        work_dir=str(work_dir),
        logger=logging.getLogger("test"),
        iter=1,
        seed=0,
    )


def test_an_encoder_that_is_not_finite_is_not_exported(tmp_path):
    """A run may diverge too late for anyone to have stopped it."""
    model = build_model(dcgan_config())
    runner = runner_of(model, tmp_path)
    EncoderExportHook().after_train(runner)
    good = (tmp_path / "encoder.pth").read_bytes()
    (tmp_path / "last_checkpoint").write_text("run/iter_4.pth")
    with torch.no_grad():
        model.backbone.stages[1].conv.weight[0, 0] = float("nan")
    said = r"stages\.1\.conv\.weight is not finite.* checkpoint: run/iter_4\.pth"
    with pytest.raises(TrainingError, match=said):
        EncoderExportHook().after_train(runner)
    assert (tmp_path / "encoder.pth").read_bytes() == good


def test_a_checkpoint_says_what_model_holes_and_pictures_it_is_of(tmp_path):
    model = build_model(dcgan_config())
    runner = runner_of(model, tmp_path)
    hook = SafeCheckpointHook()
    hook.before_train_iter(runner, 0, batch(n=1))
    # What mmengine hands its hooks, text of the config included.
    meta = dict(cfg="model = run_me()", iter=2)
    checkpoint = dict(meta=meta, state_dict=model.state_dict())
    hook.before_save_checkpoint(runner, checkpoint)
    torch.save(checkpoint, tmp_path / "iter_1.pth")
    found, meta = load_model(tmp_path / "iter_1.pth")
    assert meta["mask"] == MASK
    assert meta["picture_size"] == 128
    assert meta["pretext"] == "ContextEncoder"
    assert meta["iterations"] == 2
    for key, value in model.state_dict().items():
        assert torch.equal(found.state_dict()[key], value), key
