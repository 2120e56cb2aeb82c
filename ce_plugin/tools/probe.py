"""Judges a frozen encoder: linear and low-shot SVM, kNN, logistic regression.

``mim run ce_plugin probe encoder.pth``, or this module without mim. Nothing heavy is
imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

DESCRIPTION = "Judge a frozen encoder by classifiers on its features."
EPILOG = """\
examples:
  %(prog)s encoder.pth --data-root VOCdevkit --year 2007
  %(prog)s encoder.pth --data-root VOCdevkit --year 2007 --random-init
  %(prog)s encoder.pth --data-root VOCdevkit --task svm low-shot --layers layer3 layer4
  %(prog)s encoder.pth --data-root imagenet --task knn logistic --layers last

--data-root is a VOCdevkit, or a folder with train/ and val/ of class folders (tasks knn
and logistic). Put the row of --random-init beside every figure: it is its floor.
"""
TASKS = ("svm", "low-shot", "knn", "logistic")


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(DESCRIPTION, EPILOG)
    add = parser.add_argument
    add("encoder", help="an exported encoder, or a training checkpoint")
    add("--data-root", required=True, help="a VOCdevkit, or a folder of class folders")
    add("--task", nargs="+", choices=TASKS, default=["svm"])
    add("--year", nargs="+", help="years of a VOCdevkit (default: all that are there)")
    add("--train", help="its pictures to learn from (default: trainval; or train)")
    add("--test", help="its pictures to judge on (default: test; or val)")
    add("--layers", nargs="+", default=["all"], help="all, last, or names")
    add("--pool", help="9k (default; knn: global), global, 2x2 ..., or dimensions")
    add(
        "--size", type=int, help="side of the pictures (default: the encoder's, or 224)"
    )
    add("--resize", choices=["squash", "crop"], help="default: squash VOC, crop others")
    add("--random-init", action="store_true", help="the same network, not trained")
    add("--seed", type=int, default=0, help="of --random-init and the low-shot draws")
    add("--min-positives", type=int, default=1, help="least pictures of a class")
    add("--costs", nargs="+", help="values of C of svm and low-shot, or 'published'")
    add("--shots", type=int, nargs="+", help="k of low-shot (default: 1 2 4 ... 64 96)")
    add("--draws", type=int, default=5, help="independent draws of each k")
    add("--neighbours", type=int, nargs="+", default=[20, 200], help="k of knn")
    add("--temperature", type=float, default=0.07, help="of the votes of knn")
    add("--batch-size", type=int, default=64)
    add("--workers", type=int, default=2, help="processes that read pictures")
    add("--jobs", type=int, help="processes that fit (default: one a core)")
    add("--device", help="where the encoder runs (default: cuda if there, or cpu)")
    add("--out", help="a JSON file for everything (default: print the table only)")
    return parser.parse_args(argv)


def probe(args: argparse.Namespace) -> None:
    """Runs the tasks of ``args``, prints a table, writes the JSON file.

    Raises:
        InputError: Something asked for cannot be done.
    """
    from ce_plugin.console.logs import quiet_mmengine
    from ce_plugin.evaluation.probes.run import run_probe
    from ce_plugin.evaluation.probes.table import table
    from ce_plugin.files import check_output, write_json

    quiet_mmengine()
    if args.out:
        check_output(args.out, "--out")
    result = run_probe(args)
    print(table(result))
    if args.out:
        write_json(args.out, result)


def main() -> int:
    """The command."""
    return run_tool(parse_args(), probe)


if __name__ == "__main__":
    sys.exit(main())
