"""How many checkpoints are kept, and what they say of their model."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from tiny import batch, build_model, dcgan_config

from ce_plugin.checkpoints import load_model
from ce_plugin.engine import SafeCheckpointHook


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


def test_a_checkpoint_says_what_model_holes_and_pictures_it_is_of(tmp_path):
    mask = dict(type="RandomBlock")
    data = dict(batch_size=4, dataset=dict(type="Pictures", mask=mask, transforms=[]))
    model = build_model(dcgan_config())
    runner = SimpleNamespace(
        model=model,
        cfg=Config(dict(model=dcgan_config(), train_dataloader=data)),
        train_dataloader=None,
        iter=1,
        seed=0,
    )
    hook = SafeCheckpointHook()
    hook.before_train_iter(runner, 0, batch(n=1))
    # What mmengine hands its hooks, text of the config included.
    checkpoint = dict(meta=dict(cfg="model = run_me()"), state_dict=model.state_dict())
    hook.before_save_checkpoint(runner, checkpoint)
    torch.save(checkpoint, tmp_path / "iter_1.pth")
    found, meta = load_model(tmp_path / "iter_1.pth")
    assert meta["mask"] == mask
    assert meta["picture_size"] == 128
    assert meta["pretext"] == "ContextEncoder"
    for key, value in model.state_dict().items():
        assert torch.equal(found.state_dict()[key], value), key
