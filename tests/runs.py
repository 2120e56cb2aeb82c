"""Small real runs of the training tool, for end-to-end tests."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT / "configs" / "pretrain_ce.py"
SMALL = [
    "train_cfg.max_iters=6",
    "train_cfg.val_interval=4",
    "train_dataloader.batch_size=4",
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
    "val_dataloader.num_workers=0",
    "val_dataloader.persistent_workers=False",
    "val_dataloader.dataset.crops_per_picture=2",
    "default_hooks.checkpoint.interval=2",
    "default_hooks.logger.interval=2",
    "model.backbone.base_channels=4",
]


def environment(*extra: str | Path, **variables: str) -> dict[str, str]:
    """The environment of a run that finds the checkout, or ``extra`` before it."""
    path = os.pathsep.join([*map(str, extra), str(ROOT)])
    return dict(os.environ, PYTHONPATH=path, OMP_NUM_THREADS="1", **variables)


def train(
    work_dir: Path,
    *args: str,
    config: Path | str = DEFAULT,
    options: list[str] = (),
    modules: Path | None = None,
    **kwargs,
) -> subprocess.CompletedProcess:
    """Runs the tool in a process of its own; small unless ``options`` say otherwise."""
    command = [sys.executable, "-m", "ce_plugin.tools.train", str(config)]
    command += ["--work-dir", str(work_dir), *args]
    command += ["--cfg-options", *SMALL, *options]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=work_dir.parent,
        env=environment(*([modules] if modules else [])),
        timeout=240,
        **kwargs,
    )


def make_photos(folder: Path, count: int = 24, size: int = 80) -> Path:
    """A folder of smooth coloured pictures."""
    rng = np.random.default_rng(0)
    for i in range(count):
        (folder / f"part{i % 2}").mkdir(parents=True, exist_ok=True)
        small = Image.fromarray(rng.integers(0, 255, (6, 6, 3), dtype=np.uint8))
        picture = small.resize((size + i, size), Image.Resampling.BICUBIC)
        picture.save(folder / f"part{i % 2}" / f"{i:02}.jpg")
    return folder
