"""The training tool with a schedule that ends when its time does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.runner.pretraining import replace

from ce_plugin.engine.config import load_config

ENDLESS = 10**9
AFTER = 15
"""Seconds that validation, export and the page may take."""


@dataclass
class Clocked:
    """A config of the training tool, as many steps of it as there is time for.

    Attributes:
        config: Name of a packaged config.
        changes: What is set in it, by dotted key.
        arguments: More of the tool's own.
    """

    config: str
    changes: Mapping[str, Any]
    arguments: Sequence[str] = ()

    def train(self, folder: Path, seconds: float, most: float) -> dict[str, Any]:
        """Trains until about ``seconds`` are over, start and end included.

        Args:
            folder: The work directory.
            seconds: See above.
            most: Seconds after which the tool is killed.

        Raises:
            RuntimeError: The tool failed, or had to be killed.
        """
        began = time.time()
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "config.py"
        self._write(file, began + seconds - AFTER)
        command = [sys.executable, "-m", "ce_plugin.tools.train", str(file)]
        command += ["--work-dir", str(folder), *self.arguments]
        process = subprocess.Popen(command, start_new_session=True)
        try:
            status = process.wait(max(1, most))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise RuntimeError(f"not done after {most:.0f} s") from None
        if status:
            raise RuntimeError(f"the training tool ended with {status}, see run.log")
        (scalars,) = folder.glob("*/vis_data/scalars.json")
        lines = [json.loads(line) for line in scalars.read_text().splitlines()]
        last = [line for line in lines if "loss" in line][-1]
        logged = {k: last[k] for k in ("images_per_second", "data_wait") if k in last}
        return dict(
            iterations=json.loads((folder / "metrics.json").read_text())["iteration"],
            batch_size=self.changes["train_dataloader.batch_size"],
            minutes=round((time.time() - began) / 60, 2),
            loss=last["loss"],
            **logged,
        )

    def _write(self, file: Path, ends: float) -> None:
        cfg = load_config(self.config, [])
        for key, value in self.changes.items():
            replace(cfg, key, value)
        cfg.train_cfg.update(max_iters=ENDLESS, val_interval=ENDLESS)
        cfg.param_scheduler = None
        cfg.default_hooks.param_scheduler = None
        cfg.default_hooks.checkpoint.update(interval=ENDLESS, save_last=False)
        cfg.default_hooks.logger.interval = 2 if ends < time.time() else 20
        cfg.custom_hooks.append(dict(type="ClockHook", ends=ends))
        imports = [*(cfg.get("custom_imports") or {}).get("imports", [])]
        imports += ["gpu.clock_hook"]
        cfg.custom_imports = dict(imports=imports, allow_failed_imports=False)
        cfg.dump(str(file))
