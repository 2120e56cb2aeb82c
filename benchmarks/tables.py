"""The tables of a suite from its results: Markdown, CSV, LaTeX and a page.

    python benchmarks/tables.py voc320_cpu
    python benchmarks/tables.py voc320_cpu --format md

Reads ``benchmarks/results/<suite>.jsonl`` and runs nothing. A suite that is not
finished has tables as well: they say what is done, failed and missing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
# ruff: noqa: E402
from harness.results.read import read_results
from harness.results.store import results_of
from harness.runner.stale import stale_results
from harness.suite import RESULTS
from harness.suites import load_suite
from harness.tables.csv_file import csv_text
from harness.tables.latex import latex
from harness.tables.leaderboard import Leaderboard
from harness.tables.markdown import markdown
from harness.tables.notes import progress
from harness.tables.page.page import page

from ce_plugin.console import command
from ce_plugin.errors import InputError, TrainingError
from ce_plugin.files import write_atomic

FORMATS = {"md": markdown, "csv": csv_text, "latex": latex}
ENDINGS = {"md": "md", "csv": "csv", "latex": "tex"}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", help="name in benchmarks/suites/, or a Python file")
    parser.add_argument(
        "--out", type=Path, help="folder (default: work_dirs/tables/<suite>)"
    )
    parser.add_argument(
        "--format", choices=FORMATS, help="print this one instead of writing files"
    )
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="folder of all suites' results"
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", help="those to show (default: the suite's)"
    )
    parser.add_argument(
        "--work-dir", type=Path, help="has the pictures that results name"
    )
    parser.add_argument(
        "--data-root", type=Path, help="of a suite that ran on your own data"
    )
    parser.add_argument("--classes", nargs="+", help="classes of that data")
    parser.add_argument("--traceback", action="store_true")
    return parser.parse_args(argv)


def tables(args: argparse.Namespace) -> None:
    """Prints one format, or writes all of them."""
    suite = load_suite(args.suite, args.classes, args.data_root)
    results = read_results(suite, args.results)
    stale = stale_results(suite, results, results_of(suite.name, args.results))
    seeds = tuple(dict.fromkeys(args.seeds or suite.seeds))
    board = Leaderboard(suite, results, seeds, stale)
    if args.format:
        print(FORMATS[args.format](board), end="")
        return
    out = args.out or HERE.parent / "work_dirs" / "tables" / suite.name
    files = {f"{suite.name}.{ENDINGS[k]}": make(board) for k, make in FORMATS.items()}
    files["index.html"] = page(board, args.work_dir)
    for name, text in files.items():
        try:
            print(write_atomic(out / name, text))
        except TrainingError as error:
            raise InputError(
                f"cannot write {out / name} ({error.__cause__}); choose another --out"
            ) from error
    print(progress(board))


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    args = parse_args(argv)
    return command.run(lambda: tables(args), args.traceback)


if __name__ == "__main__":
    sys.exit(main())
