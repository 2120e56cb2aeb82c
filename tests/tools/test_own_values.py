"""Pictures of many channels and 16 bits train; the encoder says how they were read."""

import numpy as np
import pytest
import tifffile
import torch
from runs import train

from ce_plugin.engine.config import hand_out, load_config


def test_top_level_rules_reach_both_datasets():
    options = ["channels=3,2,1", "value_range=(0,4095)"]
    cfg = hand_out(load_config("pretrain_ce.py", options))
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        assert list(loader.dataset.channels) == [3, 2, 1]
        assert tuple(loader.dataset.value_range) == (0, 4095)
    assert (
        "channels"
        not in hand_out(load_config("pretrain_ce.py", [])).train_dataloader.dataset
    )


@pytest.mark.slow
def test_satellite_pictures_train(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "tiles").mkdir()
    for i in range(24):
        bands = rng.integers(200, 3000, (80, 90, 5)).astype(np.uint16)
        tifffile.imwrite(
            tmp_path / "tiles" / f"{i}.TIF",
            bands,
            photometric="minisblack",
            planarconfig="contig",
        )
    root = f"data_root={tmp_path / 'tiles'}"
    run = train(tmp_path / "none", options=[root])
    assert run.returncode == 2
    assert "set channels of the dataset" in run.stderr.strip().splitlines()[-1]
    run = train(
        tmp_path / "run",
        options=[root, "channels=3,2,1", "value_range=percentile"],
    )
    assert run.returncode == 0, run.stderr
    meta = torch.load(tmp_path / "run" / "encoder.pth", weights_only=True)["meta"]
    assert meta["data"]["channels"] == "3, 2, 1"
    assert meta["data"]["value_range"] == "percentile"
    assert len(meta["normalization"]["mean"]) == len(meta["normalization"]["std"]) == 3
