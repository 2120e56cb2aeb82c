"""Region proposals for Fast R-CNN: ``mim run ce_plugin proposals VOC2007``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ce_plugin.console.command import add_habits

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
    parser = argparse.ArgumentParser(
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("root", help="the folder of one year, such as data/VOCdevkit/VOC2007")
    add("--split", default="trainval", help="a list in ImageSets/Main (trainval)")
    add("--out", help="default: ROOT/selective_search_SPLIT.pkl, where configs look")
    add("--from-mat", metavar="FILE", help="convert Fast R-CNN's selective search file")
    add("--mode", choices=["fast", "quality", "single"], default="fast")
    add("--workers", type=int, default=1, help="processes (1)")
    add("--max", type=int, help="at most so many for a picture (2000; of a file: all)")
    add("--min-size", type=int, help="shortest side in pixels (20; of a file: 1)")
    add_habits(parser)
    return parser.parse_args(argv)


def proposals(args: argparse.Namespace) -> Path:
    """Does what the arguments say and returns the file that it wrote.

    Raises:
        InputError: Something asked for cannot be done.
        TrainingError: The run was interrupted.
    """
    from ce_plugin.datasets.proposals.files import from_mat, read_split, write
    from ce_plugin.datasets.proposals.selective_search import SelectiveSearch, compute
    from ce_plugin.errors import InputError, TrainingError

    for option in ("workers", "max", "min_size"):
        value = getattr(args, option)
        if value is not None and value < 1:
            raise InputError(f"--{option.replace('_', '-')} is at least 1, not {value}")
    names = read_split(args.root, args.split)
    out = Path(args.out or Path(args.root, f"selective_search_{args.split}.pkl"))
    if out.exists():
        raise InputError(f"{out} is there already; remove it, or name another by --out")
    if not out.parent.is_dir():
        raise InputError(f"no such folder: {out.parent}; --out is the file to write")
    if args.from_mat:
        boxes = from_mat(args.from_mat, names)
        for name, rows in boxes.items():
            sides = rows[:, 2:] - rows[:, :2] + 1
            boxes[name] = rows[(sides >= (args.min_size or 1)).all(1)][: args.max]
        write(out, boxes)
    else:
        segment = SelectiveSearch(args.mode)
        part = out.with_name(f"{out.name}.part")
        settings = dict(
            split=args.split,
            mode=args.mode,
            min_size=args.min_size or 20,
            maximum=args.max or 2000,
        )
        try:
            boxes = compute(args.root, names, segment, part, settings, args.workers)
        except KeyboardInterrupt as error:
            raise TrainingError(
                f"interrupted; the same command goes on from {part}"
            ) from error
        write(out, boxes)
        part.unlink()
    counts = [len(rows) for rows in boxes.values()]
    print(
        f"{out}: {len(counts)} pictures, {sum(counts) / len(counts):.0f} proposals "
        f"each ({min(counts)} to {max(counts)})"
    )
    return out


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run

    return run(lambda: proposals(args), args.traceback, verbose=args.verbose)


if __name__ == "__main__":
    sys.exit(main())
