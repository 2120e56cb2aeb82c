"""Scores finished pictures, or a filler: ``mim run ce_plugin score``.

Without mim: ``python -m ce_plugin.tools.score``. Nothing heavy is imported before the
arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser
from ce_plugin.console.file_names import one_line
from ce_plugin.console.filler_options import add_filler_options

EPILOG = """\
examples:
  %(prog)s filled photos --masks masks
  %(prog)s filled photos --masks center.png --json scores.json
  %(prog)s photos --masks masks --checkpoint work_dirs/pretrain_ce

RESULTS are finished pictures of any tool, TRUTH what they should have been, paired by
name without ending. Without RESULTS a filler fills the holes; nothing is written, and
what it painted beside the hole is scored as well. In a mask the hole is white; --masks
is one file for all, or a folder with one of the same name for each. The trivial fills
and OpenCV's classic inpaintings are scored on the same pictures.

exit codes: 0 all scored, 1 some could not be (listed at the end), 2 wrong input
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(
        "Score finished pictures, or a filler, against the truth.", EPILOG
    )
    add = parser.add_argument
    add(
        "results",
        metavar="RESULTS",
        nargs="?",
        help="folder of finished pictures; or give --filler or --checkpoint",
    )
    add("truth", metavar="TRUTH", help="folder of the whole pictures")
    add("--masks", required=True, help="folder or file; the hole is white")
    add_filler_options(parser, None)
    add("--seed", type=int, help="of a filler (0)")
    add("--json", help="a file for everything, every picture's figures too")
    return parser.parse_args(argv)


def score(args: argparse.Namespace) -> int:
    """Scores the pictures of ``args``, prints tables, writes the JSON file.

    Returns:
        How many pictures could not be scored.

    Raises:
        InputError: Something asked for cannot be done, or no picture can be scored.
    """
    from ce_plugin.console import counted
    from ce_plugin.console.logs import quiet_mmengine
    from ce_plugin.evaluation.scoring.run import run_score
    from ce_plugin.evaluation.scoring.table import tables
    from ce_plugin.files import check_output, write_json

    if args.json:
        check_output(args.json, "--json")
    quiet_mmengine()
    with counted("pictures") as tell:
        result = run_score(args, tell)
    print(tables(result))
    if args.json:
        write_json(args.json, result)
    for problem in result["problems"]:
        print(f"not scored: {one_line(problem)}", file=sys.stderr)
    return len(result["problems"])


def main() -> int:
    """The command."""
    return run_tool(parse_args(), score)


if __name__ == "__main__":
    sys.exit(main())
