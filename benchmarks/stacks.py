"""Tries the package on one Python, torch and stack, in an environment of its own.

    python benchmarks/stacks.py try --python python3.13
    python benchmarks/stacks.py try --python python3.12 --torch 2.6.0
    python benchmarks/stacks.py try --stack onedl
    python benchmarks/stacks.py table

``try`` installs what is committed as docs/install.md says, starts the default job and
the quick tests of what stands on other packages, and keeps the outcome in
benchmarks/results/stacks.json. An environment takes 6 GB and some minutes; it goes
away again unless ``--keep`` is given. ``table`` writes docs/stacks.md's table.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "stacks.json"
PAGE = ROOT / "docs" / "stacks.md"
BEGIN, END = "<!-- table of benchmarks/stacks.py -->\n", "<!-- end -->\n"
PYTHONS = ("3.11", "3.12", "3.13")
OLDEST = {"torch": "2.6.0", "torchvision": "0.21.0"}
ONEDL = (ROOT / "requirements" / "onedl.txt").read_text().split()[-1]
STACKS = {"openmmlab": "OpenMMLab", "onedl": f"{ONEDL} in place of mmengine"}
# What the newest torch brings along in one version only.
OF_TORCH = re.compile(r"(torch|torchvision|triton|sympy|nvidia-.*|cuda-.*)==")
TESTS = ("detection", "segmentation", "engine", "test_registry.py")
STEPS = ("install", "install_mmcv", "doctor", "default job", "tests")
NAMES = ("torch", "torchvision", "mmengine", "onedl-mmengine", "mmcv", "mmdet")
NAMES += ("mmsegmentation", "numpy", "timm", "lightly")
SMALL = ["train_cfg.max_iters=20", "train_cfg.val_interval=10"]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    once = commands.add_parser("try", help="one environment, its outcome kept")
    once.add_argument("--python", default=sys.executable, help="an interpreter")
    once.add_argument("--torch", choices=["newest", "oldest"], default="newest")
    once.add_argument("--stack", choices=STACKS, default="openmmlab")
    once.add_argument("--folder", help="where (default: a temporary one)")
    once.add_argument("--keep", action="store_true", help="leave the environment there")
    commands.add_parser("table", help="the table of what has been tried")
    return parser.parse_args(argv)


def constraints(text: str, torch: str) -> str:
    """The pinned versions; with the oldest torch, its own in their place."""
    if torch == "newest":
        return text
    kept = [line for line in text.splitlines() if not OF_TORCH.match(line)]
    return "\n".join([*kept, *(f"{n}=={v}" for n, v in OLDEST.items()), ""])


def commands(python: str, source: Path, folder: Path, stack: str) -> dict:
    """What each step runs; the last line of a step's output is its outcome."""
    module, pins = [python, "-m"], ["--constraint", str(folder / "constraints.txt")]
    job = [*module, "mim", "train", "ce_plugin", "pretrain_ce.py", "--cfg-options"]
    mmcv = [*module, "ce_plugin.tools.install_mmcv", *pins]
    swap = [
        [*module, "pip", "uninstall", "--quiet", "--yes", "mmengine"],
        [*module, "pip", "install", "--quiet", "--no-deps", ONEDL],
    ]
    tests = [str(source / "tests" / name) for name in TESTS]
    pytest = [*module, "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
    return {
        "install": [[*module, "pip", "install", "--quiet", *pins, f"{source}[test]"]],
        "install_mmcv": [mmcv, *(swap if stack == "onedl" else [])],
        "doctor": [[*module, "ce_plugin.tools.doctor"]],
        "default job": [[*job, *SMALL]],
        "tests": [[*pytest, "--rootdir", str(source), *tests]],
    }


def run_steps(steps: dict, folder: Path, source: Path) -> dict[str, str]:
    """Runs them in order until one fails; says of each ``ok`` or what went wrong."""
    outcome = dict.fromkeys(steps, "not reached")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["OMP_NUM_THREADS"] = "1"
    for name, lines in steps.items():
        log = folder / f"{name.replace(' ', '_')}.log"
        print(f"{name}: {log}", flush=True)
        with log.open("w") as file:
            codes = [
                subprocess.run(
                    line,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    cwd=source if name == "tests" else folder,
                    env=environment,
                    check=False,
                ).returncode
                for line in lines
            ]
        outcome[name] = summary(name, log.read_text(errors="replace"), max(codes))
        print(f"  {outcome[name]}", flush=True)
        if max(codes) and name not in ("doctor", "tests"):
            break
    return outcome


def summary(step: str, text: str, code: int) -> str:
    """``ok``, the tests' counts, or the last line of what failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if step == "tests" and lines:
        counts = re.findall(r"\d+ (?:passed|failed|errors?)", lines[-1])
        return ", ".join(counts) or lines[-1]
    if code == 0:
        return "ok"
    faults = [line for line in lines if "error" in line.lower() or "problem" in line]
    return f"fails: {(faults or lines or ['it said nothing'])[-1][:200]}"


def try_one(args: argparse.Namespace) -> dict:
    """Makes the environment, runs the steps in it, and returns the outcome."""
    folder = Path(args.folder or tempfile.mkdtemp(prefix="ce_plugin-stack-")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    source, venv = folder / "source", folder / "venv"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    archive = folder / "source.tar"
    git = ["git", "-C", str(ROOT), "archive", "-o", str(archive), "HEAD"]
    subprocess.run(git, check=True)
    shutil.unpack_archive(archive, source)
    pins = (source / "requirements" / "constraints.txt").read_text()
    (folder / "constraints.txt").write_text(constraints(pins, args.torch))
    subprocess.run([args.python, "-m", "venv", str(venv)], check=True)
    python = str(venv / "bin" / "python")
    steps = commands(python, source, folder, args.stack)
    try:
        outcome = run_steps(steps, folder, source)
        versions = versions_of(python)
    finally:
        if not args.keep:
            shutil.rmtree(venv, ignore_errors=True)
    return dict(
        python=versions.pop("python"),
        torch=args.torch,
        stack=args.stack,
        date=str(date.today()),
        outcome=outcome,
        versions=versions,
    )


def versions_of(python: str) -> dict[str, str]:
    """Python's own, and of the packages that matter those that are there."""
    code = (
        "import json, platform, sys; from importlib.metadata import distributions\n"
        "found = {d.metadata['Name']: d.version for d in distributions()}\n"
        "known = {n: found[n] for n in sys.argv[1:] if n in found}\n"
        "print(json.dumps({'python': platform.python_version(), **known}))"
    )
    command = [python, "-c", code, *NAMES]
    return json.loads(subprocess.check_output(command, text=True))


def key(row: dict) -> tuple[str, str, str]:
    """What a row is about: Python without its last number, torch, stack."""
    return row["python"].rpartition(".")[0], row["torch"], row["stack"]


def keep(row: dict) -> None:
    """Adds ``row`` to the results, in the place of an earlier one of the same."""
    rows = json.loads(RESULT.read_text()) if RESULT.exists() else []
    rows = [old for old in rows if key(old) != key(row)]
    rows = sorted([*rows, row], key=key)
    RESULT.write_text(json.dumps(rows, indent=2) + "\n")


def table(rows: list[dict]) -> str:
    """What has been tried and what came of it; what has not is said."""
    found = {key(row): row for row in rows}
    wanted = [(p, t, "openmmlab") for p in PYTHONS for t in ("newest", "oldest")]
    wanted += [(p, t, "onedl") for p, t, s in sorted(found) if s == "onedl"]
    lines = [
        f"| Python | torch | stack | {' | '.join(STEPS)} |",
        f"|{'---|' * (len(STEPS) + 3)}",
    ]
    for want in wanted:
        row = found.get(want)
        python, torch, stack = want
        torch = {"newest": "newest", "oldest": OLDEST["torch"]}[torch]
        cells = ["untried"] * len(STEPS)
        if row:
            python, torch = row["python"], row["versions"].get("torch", torch)
            cells = [row["outcome"][step] for step in STEPS]
        torch = torch.partition("+")[0]
        lines.append(f"| {' | '.join([python, torch, STACKS[stack], *cells])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Tries, or writes the table."""
    args = parse_args()
    if args.command == "try":
        row = try_one(args)
        print(json.dumps(row, indent=2))
        keep(row)
        return
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    made = table(json.loads(RESULT.read_text()))
    PAGE.write_text(f"{head}{BEGIN}{made}{END}{tail}")


if __name__ == "__main__":
    main()
