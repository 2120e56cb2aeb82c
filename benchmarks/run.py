"""Runs a suite: pretrain, export, transfer, measure.

    python benchmarks/run.py voc320_cpu --data-root VOCdevkit
    python benchmarks/run.py voc320_cpu --data-root VOCdevkit --methods simclr --seeds 0
    python benchmarks/run.py inpainting --data-root VOCdevkit --tasks voc-center
    python benchmarks/run.py voc_r50 --dry-run

Each run leaves a line in benchmarks/results/SUITE.jsonl. The command can be stopped and
started again: a result that still belongs to its config, data and code version is not
measured again, a stopped pretraining run goes on from its last checkpoint, and a failed
one is tried again. ``benchmarks/tables.py SUITE`` makes the tables.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).parents[1])]
# ruff: noqa: E402
from harness.suite import RESULTS, Suite
from harness.suites import data_without_root, known_suites, load_suite

from ce_plugin.console.command import ended_as_by_ctrl_c
from ce_plugin.errors import InputError


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("suite", help=f"one of {', '.join(known_suites())}, or a file")
    add("--data-root", type=Path, help="data of the suite; some need none")
    add(
        "--classes",
        nargs="+",
        help="classes of your own data, where the suite takes it",
    )
    add("--methods", nargs="+", help="rows of the tables (default: all)")
    add("--tasks", nargs="+", help="columns (default: all); `none` only pretrains")
    add("--seeds", nargs="+", type=int, help="default: the suite's")
    add("--work-dir", type=Path, help="default: work_dirs/benchmarks/SUITE")
    add("--results", type=Path, default=RESULTS, help="default: benchmarks/results")
    count = _at_least_one
    add("--workers", type=count, help="default: one a GPU, or one a core group")
    add("--threads", type=count, default=1, help="cores of a core group")
    add("--dry-run", action="store_true", help="two iterations on invented data")
    add("--list", action="store_true", help="say what is done and what is not, and end")
    add("--plan", action="store_true", help="say what is left and costs, and end")
    add("--traceback", action="store_true", help="the traceback of an error as well")
    return parser.parse_args(argv)


def _at_least_one(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return int(text)


def main(argv: list[str] | None = None) -> int:
    """The command; 0 where all runs are done, 1 where one failed, 2 for a mistake."""
    args = parse_args(argv)
    try:
        suite = load_suite(args.suite, args.classes, args.data_root)
        if args.dry_run:
            with tempfile.TemporaryDirectory(prefix="ce_plugin_dry_") as folder:
                args.data_root = Path(folder, "data")
                suite.generate(args.data_root)
                # Apart from real runs, which would be made anew for it.
                args.work_dir = (args.work_dir or Path(folder)) / "dry"
                args.results = Path(folder, "results")
                return run(suite, args)
        if args.data_root is None and suite.without_root is None:
            raise InputError(f"{suite.name} needs --data-root; or try --dry-run")
        if args.data_root and not args.data_root.is_dir():
            raise InputError(f"no folder {args.data_root}; --data-root is a folder")
        return run(suite, args)
    except InputError as error:
        if args.traceback:
            raise
        print(f"error: {error}", file=sys.stderr)
        return 2


def run(suite: Suite, args: argparse.Namespace) -> int:
    """Runs what has no result yet."""
    import torch
    from harness.runner.bench import Bench
    from harness.runner.lock import only_one
    from harness.runner.plan import text
    from harness.runner.workers import work_off

    methods = _chosen("method", suite.methods, args.methods)
    tasks = _chosen("task", suite.tasks, args.tasks)
    gpus = torch.cuda.device_count()
    work = args.work_dir or Path("work_dirs", "benchmarks", suite.name)
    work = work.resolve()
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make {work} ({error}); choose another --work-dir"
        ) from error
    looks = args.list or args.plan
    # One can look while another start works, and changes nothing that it reads.
    with (
        nullcontext() if looks else only_one(work),
        tempfile.TemporaryDirectory(prefix="ce_plugin_lists_") as lists,
    ):
        bench = Bench(
            suite,
            (args.data_root or data_without_root(suite, work)).resolve(),
            work,
            args.results.resolve(),
            dry=args.dry_run,
            device="cuda" if gpus else "cpu",
            lists=Path(lists) if looks else None,
        )
        # A seed that is named twice would run twice at once, in one folder.
        seeds = list(dict.fromkeys(args.seeds or suite.seeds))
        jobs = bench.jobs(methods, tasks, seeds)
        left = [job for job in jobs if not job.done]
        bench.store.tell_torn()
        print(f"{suite.name}: {len(jobs)} runs, {len(jobs) - len(left)} of them done")
        if args.plan:
            print("\n".join(text(bench, jobs)))
            return 0
        if args.list:
            for job in jobs:
                state = "done" if job.done else "open"
                print(f"{state} {job}" + f": {job.error}" * bool(job.error))
            return 0
        workers = args.workers or gpus or max(1, (os.cpu_count() or 1) // args.threads)
        try:
            with ended_as_by_ctrl_c():
                work_off(bench, jobs, workers, gpus, args.threads)
        except KeyboardInterrupt:
            print("stopped; the same command goes on from here", file=sys.stderr)
            return 130
    failed = [job for job in jobs if job.error]
    open_jobs = [job for job in jobs if not job.done and not job.error]
    for job in failed:
        if job.needs and job.needs.error:
            # It was not even tried.
            continue
        print(f"failed: {job}: {job.error}", file=sys.stderr)
    if open_jobs:
        print(f"error: {len(open_jobs)} runs were not tried", file=sys.stderr)
    if not args.dry_run and not failed and not open_jobs:
        print(f"{_tables_command(args)} makes the tables")
    return 1 if failed or open_jobs else 0


def _tables_command(args: argparse.Namespace) -> str:
    """What to type for the tables of these runs, and of no others."""
    words = ["python", "benchmarks/tables.py", args.suite]
    if args.classes:
        words += ["--data-root", str(args.data_root), "--classes", *args.classes]
    if args.results != RESULTS:
        words += ["--results", str(args.results)]
    return shlex.join(words)


def _chosen(what: str, known, asked: list[str] | None):
    """The parts asked for by name, in the suite's order.

    Raises:
        InputError: A name that the suite does not have.
    """
    if asked is None:
        return list(known)
    if asked == ["none"] and what == "task":
        return []
    names = [part.name for part in known]
    for name in asked:
        if name not in names:
            raise InputError(f"no {what} {name!r} in this suite; {', '.join(names)}")
    return [part for part in known if part.name in asked]


if __name__ == "__main__":
    sys.exit(main())
