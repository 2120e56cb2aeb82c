"""Region proposals for Fast R-CNN: ``mim run ce_plugin proposals VOC2007``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ce_plugin.console.command import run_tool, tool_parser

DESCRIPTION = """\
Compute selective search proposals for one year of PASCAL VOC, or convert Fast R-CNN's,
into the file that mmdet's FastRCNN reads (LoadProposals). An interrupted run goes on
where it stopped when the same command is given again."""
EPILOG = """\
examples:
  %(prog)s data/VOCdevkit/VOC2007 --split trainval --workers 8
  %(prog)s data/VOCdevkit/VOC2007 --split test --from-mat voc_2007_test.mat
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(DESCRIPTION, EPILOG)
    add = parser.add_argument
    add("root", help="the folder of one year, such as data/VOCdevkit/VOC2007")
    add("--split", default="trainval", help="a list in ImageSets/Main (trainval)")
    add("--out", help="default: ROOT/selective_search_SPLIT.pkl, where configs look")
    add("--from-mat", metavar="FILE", help="convert Fast R-CNN's selective search file")
    add("--mode", choices=["fast", "quality", "single"], help="of the search (fast)")
    add("--workers", type=int, help="processes (1)")
    add("--max", type=int, help="at most so many for a picture (2000; of a file: all)")
    add("--min-size", type=int, help="shortest side in pixels (20; of a file: 1)")
    return parser.parse_args(argv)


def proposals(args: argparse.Namespace) -> None:
    """Writes the file that ``args`` ask for and says what is in it.

    Raises:
        InputError: See :func:`ce_plugin.datasets.proposals.make.make_proposals`.
        TrainingError: The run was interrupted.
    """
    from ce_plugin.datasets.proposals.make import make_proposals

    out = Path(args.out or Path(args.root, f"selective_search_{args.split}.pkl"))
    how = (args.from_mat, args.mode, args.workers, args.max, args.min_size)
    boxes = make_proposals(args.root, args.split, out, *how)
    counts = [len(rows) for rows in boxes.values()]
    print(
        f"{out}: {len(counts)} pictures, {sum(counts) / len(counts):.0f} proposals "
        f"each ({min(counts)} to {max(counts)})"
    )


def main() -> int:
    """The command."""
    return run_tool(parse_args(), proposals)


if __name__ == "__main__":
    sys.exit(main())
