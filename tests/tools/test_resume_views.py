"""A run on views that the device finishes: killed and resumed, or with other workers,
it ends in the same weights."""

import signal
import subprocess
import sys

import pytest
import torch
from runs import ROOT, environment
from tools.test_resume import KILLER, assert_same

pytest.importorskip("lightly")

CONFIG = """
_base_ = {base!r}
custom_imports = dict(imports=["killer"])
model = dict(
    backbone=dict(model_name="resnet18", channels=(8, 16, 32, 64)),
    hidden_channels=16,
    out_channels=8,
)
train_cfg = dict(max_iters=6)
train_dataloader = dict(
    batch_size=4,
    num_workers={workers},
    persistent_workers={workers} > 0,
    dataset=dict(transforms=[dict(type="BatchViews", method="SimCLR", size=32)]),
)
default_hooks = dict(checkpoint=dict(interval=2))
custom_hooks = [dict(type="mmengine.Killer", at={at}, where="iteration")]
"""


def train(folder, *args: str, workers: int = 0, at: int = 0):
    """A few steps of SimCLR; killed after step ``at``."""
    base = str(ROOT / "configs" / "pretrain" / "simclr_r50-224.py")
    (folder / "killer.py").write_text(KILLER)
    config = folder / "views.py"
    config.write_text(CONFIG.format(base=base, workers=workers, at=at))
    command = [sys.executable, "-m", "ce_plugin.tools.train", str(config), *args]
    return subprocess.run(
        [*command, "--work-dir", str(folder / "run")],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(folder),
        timeout=240,
    )


def weights(folder) -> dict:
    state = torch.load(folder / "run" / "iter_6.pth", weights_only=True)
    return dict(weights=state["state_dict"], optimizer=state["optimizer"])


@pytest.mark.slow
def test_killed_and_resumed_or_with_workers_it_ends_in_the_same_weights(tmp_path):
    folders = [tmp_path / name for name in ("whole", "workers", "killed")]
    for folder in folders:
        folder.mkdir()
    whole, workers, killed = folders
    done = train(whole)
    assert done.returncode == 0, done.stderr[-2000:]
    done = train(workers, workers=2)
    assert done.returncode == 0, done.stderr[-2000:]
    assert_same(weights(workers), weights(whole))
    done = train(killed, at=3)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    done = train(killed, "--resume")
    assert done.returncode == 0, done.stderr[-2000:]
    assert_same(weights(killed), weights(whole))
