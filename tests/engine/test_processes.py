"""What a run of several processes is without a GPU, before its first step."""

import os
import socket
from unittest import mock

import pytest
import torch
import torch.multiprocessing as mp
from mmengine.config import Config
from torch import nn

from ce_plugin.console.training import ToolRunner
from ce_plugin.engine.train import prepare_run, train
from ce_plugin.models.sync_norm import GLOBAL


def start(rank: int, config: str, options: list[str], folder: str) -> None:
    """Leaves the kinds of the network's norms, and what the run keeps of its config."""
    os.environ.update(RANK=str(rank), WORLD_SIZE="2", LOCAL_RANK=str(rank))
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    torch.set_num_threads(1)

    def look(runner):
        norms = [m for m in runner.model.modules() if isinstance(m, nn.BatchNorm2d)]
        found = dict(
            kinds=sorted({type(norm).__name__ for norm in norms}),
            wrapper=type(runner.model).__name__,
            sync_bn=runner.cfg.get("sync_bn"),
        )
        torch.save(found, f"{folder}/{rank}.pth")

    cfg = prepare_run(config, options, work_dir=f"{folder}/run", launcher="pytorch")
    with mock.patch.object(ToolRunner, "train", look):
        train(cfg)


@pytest.mark.slow
@pytest.mark.parametrize("asked", [True, False])
def test_norms_of_any_pretext_are_synchronised(asked, tmp_path, monkeypatch):
    """By mmengine's own key, which torch does not obey on a CPU."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MASTER_PORT", str(free.getsockname()[1]))
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    # And with mmengine's own wrapper, as configs of mmdet have it.
    options = ["sync_bn=torch", "model_wrapper_cfg=None"] if asked else []
    given = ("rotation_r50-224.py", options, str(tmp_path))
    mp.spawn(start, given, nprocs=2)
    (written,) = (tmp_path / "run").glob("*.py")
    assert Config.fromfile(written).get("sync_bn") == ("torch" if asked else None)
    kind = GLOBAL[nn.BatchNorm2d].__name__ if asked else "BatchNorm2d"
    for rank in (0, 1):
        found = torch.load(tmp_path / f"{rank}.pth")
        assert found["kinds"] == [kind]
        assert found["wrapper"] == "MMDistributedDataParallel"
        assert found["sync_bn"] == ("torch" if asked else None)
