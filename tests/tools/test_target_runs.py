"""Hidden words from end to end: vocabulary, pictures, encoder; killed and resumed."""

import signal
import subprocess
import sys

import pytest
import torch
from runs import ROOT, environment, make_photos
from tools.test_resume import KILLER, assert_same

from ce_plugin.checkpoints import read_weights

CONFIG = ROOT / "configs" / "pretrain" / "hidden-words_r18-half-96.py"
OPTIONS = [
    "train_cfg.max_iters=6",
    "train_cfg.val_interval=4",
    "train_dataloader.batch_size=4",
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
    "val_dataloader.num_workers=0",
    "val_dataloader.persistent_workers=False",
    "val_dataloader.dataset.limit=4",
    "default_hooks.checkpoint.interval=2",
    "default_hooks.logger.interval=2",
    "model.backbone.channels=[8,16,32,64]",
    "model.targets.words.words=12",
]
SHORT = """
_base_ = {base!r}
custom_imports = dict(imports=['killer'])
custom_hooks = [
    dict(type='FiniteLossHook'),
    dict(type='TargetFitHook', pictures=24),
    dict(type='ReconstructionHook'),
    dict(type='NormStatisticsHook', pictures=16),
    dict(type='EncoderExportHook'),
    dict(type='mmengine.Killer', at={at}, where='iteration'),
]
"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return make_photos(tmp_path_factory.mktemp("photos"), size=120)


def train(folder, photos, at, *args):
    folder.mkdir(exist_ok=True)
    (folder / "killer.py").write_text(KILLER)
    config = folder / "short.py"
    config.write_text(SHORT.format(base=str(CONFIG), at=at))
    command = [sys.executable, "-m", "ce_plugin.tools.train", str(config), *args]
    command += ["--work-dir", str(folder / "run"), "--cfg-options", *OPTIONS]
    return subprocess.run(
        [*command, f"data_root={photos}"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(folder),
        timeout=240,
    )


@pytest.mark.slow
def test_a_killed_run_ends_as_one_that_was_not(photos, tmp_path):
    whole = train(tmp_path / "whole", photos, at=-1)
    assert whole.returncode == 0, whole.stderr[-2000:]
    folder = tmp_path / "killed"
    assert train(folder, photos, at=3).returncode == -signal.SIGKILL
    resumed = train(folder, photos, -1, "--resume")
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    # The vocabulary comes from the checkpoint, not from the pictures once more.
    assert "targets fitted" not in resumed.stdout + resumed.stderr
    ours, theirs = (
        torch.load(tmp_path / name / "run" / "iter_6.pth", weights_only=True)
        for name in ("killed", "whole")
    )
    assert_same(ours["state_dict"], theirs["state_dict"])
    assert_same(ours["optimizer"], theirs["optimizer"])
    assert bool(ours["state_dict"]["targets.words.fitted"])
    run = tmp_path / "whole" / "run"
    assert list((run / "pictures").glob("*.png"))
    encoders = [
        torch.load(tmp_path / name / "run" / "encoder.pth", weights_only=True)
        for name in ("killed", "whole")
    ]
    assert_same(encoders[0]["state_dict"], encoders[1]["state_dict"])
    # The encoder's norms have seen whole pictures; the last checkpoint has them too.
    read, _ = read_weights(tmp_path / "whole" / "run" / "iter_6.pth")
    for key, value in encoders[1]["state_dict"].items():
        assert torch.equal(read[f"backbone.{key}"], value), key
    # And once more resumed, a finished run changes nothing.
    key = "backbone.bn1.running_mean"
    assert not torch.equal(
        theirs["training_statistics"][key], theirs["state_dict"][key]
    )
    assert train(tmp_path / "whole", photos, -1, "--resume").returncode == 0
    again = torch.load(run / "iter_6.pth", weights_only=True)
    assert_same(again, theirs)
