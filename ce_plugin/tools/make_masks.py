"""Draws a fixed set of masks: ``mim run ce_plugin make_masks``.

Without mim: ``python -m ce_plugin.tools.make_masks``. Nothing heavy is imported before
the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

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
    parser = tool_parser("Draw a fixed set of masks into a folder.", EPILOG)
    add = parser.add_argument
    add("generator", help="name of a registered mask generator")
    add("--out", required=True, help="the folder, new or with the same set")
    add("--size", help="in pixels: a side, or WIDTHxHEIGHT (128)")
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
    return parser.parse_args(argv)


def make_masks(args: argparse.Namespace) -> None:
    """Draws or checks the set of ``args``.

    Raises:
        InputError: Something asked for cannot be done, or the folder holds another or
            a damaged set.
    """
    from ce_plugin.errors import InputError
    from ce_plugin.evaluation.scoring import mask_sets
    from ce_plugin.masks.from_options import generator_config

    config = generator_config(args.generator, args.option)
    if args.seed < 0:
        raise InputError(f"--seed is 0 or more, not {args.seed}")
    if args.pictures is None:
        size = "128" if args.size is None else args.size
        pictures = mask_sets.numbered_from_options(size, args.count)
    elif args.count is None and args.size is None:
        pictures = mask_sets.sizes_of(args.pictures)
    else:
        raise InputError(
            "--pictures draws one mask for each, of its size; leave --count and --size "
            "out"
        )
    drawn = mask_sets.make_mask_set(args.out, config, pictures, args.seed)
    record = mask_sets.read_record(args.out)
    what = "drawn" if drawn else "already there and intact"
    print(f"{len(pictures)} masks {what}: {args.out}")
    print(f"{record['arguments']}, seed {record['seed']}, sha256 {record['sha256']}")


def main() -> int:
    """The command."""
    return run_tool(parse_args(), make_masks)


if __name__ == "__main__":
    sys.exit(main())
