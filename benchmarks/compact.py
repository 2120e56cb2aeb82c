"""Rewrites a suite's results: of each run the last line alone.

    python benchmarks/compact.py voc320_cpu

Takes in what versions before left as one file a run, in the folder of the suite's name.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
# ruff: noqa: E402
from harness.results.store import results_of
from harness.suite import RESULTS

from ce_plugin.console import command
from ce_plugin.errors import InputError


def compact(name: str, folder: Path) -> None:
    """Rewrites the file, and prints the number of lines before and after.

    Raises:
        InputError: The suite has no results there.
    """
    store = results_of(name, folder)
    old = store.path.with_suffix("")
    if not store.path.is_file() and not old.is_dir():
        raise InputError(f"no results of {name} in {folder}; --results is the folder")
    before, after = store.compact()
    print(f"{store.path}: {before} lines before, {after} now")
    if old.is_dir():
        print(f"{old} is in it and can be deleted")


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", help="its name")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--traceback", action="store_true")
    args = parser.parse_args(argv)
    return command.run(lambda: compact(args.suite, args.results), args.traceback)


if __name__ == "__main__":
    sys.exit(main())
