"""Runs the default job and keeps its figures and its last picture.

Writes benchmarks/results/default_job.json and docs/default_job.png, which the README
and docs/results.md show.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "speed"))
from _common import machine

ROOT = Path(__file__).resolve().parents[2]
RESULT = ROOT / "benchmarks" / "results" / "default_job.json"
PICTURE = ROOT / "docs" / "default_job.png"


def main() -> None:
    """Trains in a folder of its own, then collects."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ce_plugin.tools.train"]
        config = ROOT / "configs" / "pretrain_ce.py"
        began = time.perf_counter()
        command += [config, "--work-dir", folder]
        if args.cfg_options:
            command += ["--cfg-options", *args.cfg_options]
        subprocess.run(command, check=True)
        minutes = (time.perf_counter() - began) / 60
        figures = json.loads(Path(folder, "metrics.json").read_text(encoding="utf-8"))
        meta = torch.load(Path(folder, "encoder.pth"), weights_only=True)["meta"]
        last = max(Path(folder, "pictures").glob("iter_*.png"))
        args.picture.parent.mkdir(exist_ok=True)
        shutil.copy(last, args.picture)
    changes = " ".join(args.cfg_options)
    result = dict(
        what=f"configs/pretrain_ce.py, {changes or 'as it comes'}",
        minutes=round(minutes, 2),
        iterations=figures["iteration"],
        metrics={k: round(v, 4) for k, v in figures["metrics"].items()},
        seed=meta["seed"],
        data=meta["data"],
        versions=meta["versions"],
        machine=machine(),
    )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
