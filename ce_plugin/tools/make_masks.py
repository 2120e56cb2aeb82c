"""Draws a fixed set of masks: ``mim run ce_plugin make_masks``.

Without mim: ``python -m ce_plugin.tools.make_masks``. Nothing heavy is imported before
the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import add_habits

EPILOG = """\
examples:
  %(prog)s BrushStrokes --size 128 --count 100 --out masks/strokes
  %(prog)s BrushStrokes --option min_area=.1 "max_area=.2" --count 100 --out masks/thin
  %(prog)s Outpainting --option sides=left --pictures photos --out masks/left

A set is drawn once and kept. The same command again checks that it is intact; a folder
that holds anything else is never written over. With --pictures every picture gets a
mask of its size and name, as the commands inpaint and score want them.
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description="Draw a fixed set of masks into a folder.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("generator", help="name of a registered mask generator")
    add("--out", required=True, help="the folder, new or with the same set")
    add("--size", default="128", help="in pixels: a side, or WIDTHxHEIGHT (128)")
    add("--count", type=int, help="how many masks (100)")
    add("--pictures", help="a folder: one mask for each, of its size and name")
    add("--seed", type=int, default=0, help="of the whole set (0)")
    add(
        "--option",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="arguments of the generator",
    )
    add_habits(parser)
    return parser.parse_args(argv)


def make_masks(args: argparse.Namespace) -> None:
    """Draws or checks the set of ``args``.

    Raises:
        InputError: Something asked for cannot be done, or the folder holds another or
            a damaged set.
    """
    from ce_plugin.evaluation.scoring.mask_sets import make_mask_set, read_record
    from ce_plugin.masks.from_options import generator_config

    config = generator_config(args.generator, args.option)
    pictures = _pictures(args)
    drawn = make_mask_set(args.out, config, pictures, args.seed)
    record = read_record(args.out)
    what = "drawn" if drawn else "already there and intact"
    print(f"{len(pictures)} masks {what}: {args.out}")
    print(f"{record['arguments']}, seed {record['seed']}, sha256 {record['sha256']}")


def _pictures(args: argparse.Namespace) -> dict[str, tuple[int, int]]:
    from ce_plugin.errors import InputError
    from ce_plugin.evaluation.scoring.mask_sets import numbered

    if args.seed < 0:
        raise InputError(f"--seed is 0 or more, not {args.seed}")
    if args.pictures is not None:
        if args.count is not None:
            raise InputError("--pictures draws one mask for each; leave --count out")
        return _sizes(args.pictures)
    count = 100 if args.count is None else args.count
    try:
        width, cross, height = args.size.lower().partition("x")
        width, height = int(width), int(height if cross else width)
    except ValueError:
        width = height = 0
    if min(width, height, count) < 1:
        raise InputError(
            f"--size is a side or WIDTHxHEIGHT and --count a number, from 1 on, not "
            f"{args.size} and {count}"
        )
    return numbered(count, height, width)


def _sizes(folder: str) -> dict[str, tuple[int, int]]:
    from pathlib import Path

    from ce_plugin.errors import InputError
    from ce_plugin.evaluation.scoring.run import by_stem
    from ce_plugin.inpainting.reading import read_picture

    found, twice = by_stem(folder)
    if twice:
        raise InputError(f"{folder}: {twice[0]}; masks are named after the pictures")
    return {
        stem: read_picture(Path(folder, name)).shape[:2] for stem, name in found.items()
    }


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run

    return run(lambda: make_masks(args), args.traceback, verbose=args.verbose)


if __name__ == "__main__":
    sys.exit(main())
