"""All that is to be found out on a GPU that is at hand for minutes.

    python benchmarks/gpu/run.py --out OUT --minutes 10 --pictures .gpu/pictures.zip
    python benchmarks/gpu/run.py --out OUT --minutes 4 --stages facts correct fast
    python benchmarks/gpu/run.py --out OUT --minutes 2 --device cpu --tiny

Stages in order, each a process of its own with its own share of the minutes, and each
with one JSON file that is whole after every item: what fails, hangs or is too slow ends
nothing but itself. What a stage leaves over the next ones have. At the end there is a
table of a few lines, also in OUT/table.md. OUT holds at most eight files, no folders.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
sys.path[:0] = [str(BENCHMARKS), str(ROOT)]

# Shares of the time that is left. The first may take long to import everything for the
# first time. `learn` takes what there is, so that it is last.
STAGES = {"facts": 0.15, "correct": 0.2, "fast": 0.35, "learn": 0.4}
GRACE = 5  # seconds that a stage may be late before it is ended
# Where modules are: the speed scripts and the tests' small networks are used here too.
PATHS = (ROOT, BENCHMARKS, BENCHMARKS / "speed", ROOT / "tests")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder for JSON files and the table")
    add("--minutes", type=float, required=True, help="for all stages together")
    add("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    add("--device", choices=["cuda", "cpu"], default="cuda")
    add("--tiny", action="store_true", help="sizes that a test can wait for")
    add("--pictures", type=Path, help="the bundle's pack, or a VOCdevkit")
    args = parser.parse_args()
    from ce_plugin.console.command import run

    return run(lambda: run_all(args))


def run_all(args: argparse.Namespace) -> None:
    """Runs the stages, then tables what they have written.

    Raises:
        InputError: There is no such device, or no such pictures.
    """
    import torch

    from ce_plugin.errors import InputError
    from gpu.pictures import unpack
    from gpu.table import table

    ends = time.monotonic() + 60 * args.minutes
    if args.device == "cuda" and not torch.cuda.is_available():
        raise InputError("torch finds no GPU here; to try the script: --device cpu")
    if args.pictures and not args.pictures.exists():
        raise InputError(f"there are no pictures in {args.pictures}")
    args.out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="ce_plugin_gpu_"))
    try:
        pictures = args.pictures
        if pictures and pictures.is_file():
            pictures = unpack(pictures, work / "voc")
        chosen = [name for name in STAGES if name in args.stages]
        for i, name in enumerate(chosen):
            share = STAGES[name] / sum(STAGES[n] for n in chosen[i:])
            seconds = share * (ends - time.monotonic())
            run_stage(name, seconds, args, work, pictures)
            print(table(args.out), flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run_stage(
    name: str, seconds: float, args: argparse.Namespace, work: Path, pictures
) -> None:
    """One stage in a process of its own, which is ended when its time is over."""
    from ce_plugin.engine.deterministic import WORKSPACE, WORKSPACES

    folder = work / name
    folder.mkdir()
    follow = [sys.executable, "-m", "harness.runner.follow", os.getpid()]
    command = [*follow, "-m", f"gpu.stages.{name}", "--device", args.device]
    command += ["--out", args.out, "--work", folder, "--seconds", f"{seconds:.0f}"]
    command += ["--tiny"] if args.tiny else []
    command += ["--pictures", pictures] if pictures else []
    env = dict(os.environ, PYTHONUNBUFFERED="1", **{WORKSPACE: WORKSPACES[0]})
    if args.device == "cpu":
        # The training tool takes a GPU wherever it finds one.
        env["CUDA_VISIBLE_DEVICES"] = ""
    # What the caller has put on the path (carried wheels) comes after.
    paths = [*map(str, PATHS)]
    carried = os.environ.get("PYTHONPATH", "")
    if carried:
        env["CARRIED"] = carried
        paths = [str(BENCHMARKS / "gpu" / "site"), *paths, carried]
    env["PYTHONPATH"] = os.pathsep.join(paths)
    print(f"stage {name}: {seconds:.0f} s", flush=True)
    with open(args.out / "run.log", "a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=log,
            stderr=log,
            env=env,
            start_new_session=True,
        )
        try:
            status = process.wait(seconds + GRACE)
            said = "" if status == 0 else f"ended with {status}"
        except subprocess.TimeoutExpired:
            said = "ended: its time was over"
        finally:
            # Whatever the stage has started goes with it.
            _end_group(process)
    if said:
        print(f"stage {name} {said}; {args.out / 'run.log'}", flush=True)


def _end_group(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
