"""Fills holes in pictures: ``mim run ce_plugin inpaint``."""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser
from ce_plugin.console.file_names import one_line
from ce_plugin.console.filler_options import add_filler_options

EPILOG = """\
examples:
  %(prog)s photo.jpg --box 100,80,220,190 --out filled.png
  %(prog)s photo.jpg --mask mask.png --checkpoint work_dirs/pretrain_ce --out filled
  %(prog)s photo.jpg --box 100,80,220,190 --filler patchmatch --out filled.png
  %(prog)s photos --mask masks --filler nearest --collection library --out filled
  %(prog)s photos --generator BrushStrokes --filler patchmatch \\
      --start encoder-decoder --checkpoint work_dirs/pretrain_ce --out filled

In a mask picture the hole is white, with --hole black it is black. --mask is one
picture for all, or a folder with one of the same name for each, or the word alpha for
what is transparent in the picture itself. Only the hole's pixels change: mode, depth,
alpha and what belongs to a file are kept, as docs/formats.md says. Files are written as
PNG, or as TIFF where PNG cannot hold the picture exactly; --format jpg, webp ... or own
asks for another.

exit codes: 0 all filled, 1 some could not be (listed at the end), 2 wrong input
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser("Fill holes in pictures.", EPILOG)
    add = parser.add_argument
    add("pictures", nargs="+", help="files, or folders with all below them")
    add("--mask", help="a picture or a folder of them, or the word alpha")
    hole = "what the hole is in a mask picture (default: white)"
    add("--hole", choices=("white", "black"), default="white", help=hole)
    add(
        "--box",
        action="append",
        metavar="LEFT,TOP,RIGHT,BOTTOM",
        help="a hole in pixels, right and bottom outside; may be given again",
    )
    add(
        "--generator",
        nargs="+",
        metavar=("NAME", "KEY=VALUE"),
        help="a registered mask generator and its arguments",
    )
    add_filler_options(parser, "encoder-decoder")
    add("--out", required=True, help="a folder, or for one picture a file")
    kinds = "png, tif, webp, jpg, gif ...; own: that of each picture"
    add("--format", help=f"of the files in a folder: {kinds}")
    add("--keep-alpha", action="store_true", help="holes keep their transparency")
    depth = "bits in use of 16-bit pictures, such as 12 (default: all)"
    add("--bit-depth", type=int, help=depth)
    add("--parts", action="store_true", help="write raw predictions and masks too")
    add("--batch-size", type=int, default=16, help="pictures worked on at once")
    add("--seed", type=int, default=0, help="of generators and fillers")
    return parser.parse_args(argv)


def inpaint(args: argparse.Namespace) -> int:
    """Fills the pictures of ``args``, writes them and says what became of them.

    Returns:
        How many could not be filled.

    Raises:
        InputError: See :func:`ce_plugin.inpainting.fill_files.fill_files`.
    """
    from ce_plugin.console.logs import quiet_mmengine
    from ce_plugin.inpainting.fill_files import fill_files
    from ce_plugin.inpainting.fillers.from_options import filler_of
    from ce_plugin.inpainting.from_options import masks_from_options

    quiet_mmengine()
    done = fill_files(
        args.pictures,
        masks_from_options(args.mask, args.box, args.generator),
        filler_of(args),
        args.out,
        args.format,
        hole=args.hole,
        bit_depth=args.bit_depth,
        keep_alpha=args.keep_alpha,
        parts=args.parts,
        batch_size=args.batch_size,
        seed=args.seed,
    )
    for note, names in done.notes.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"note: {one_line(names[0])}{more}: {note}")
    told = f"{done.filled} of {done.pictures} filled in {done.seconds:.1f} s"
    print(f"{told}: {one_line(done.path)}")
    for name, reason in done.failed:
        print(f"not filled: {one_line(name)}: {one_line(reason)}", file=sys.stderr)
    return len(done.failed)


def main() -> int:
    """The command."""
    return run_tool(parse_args(), inpaint)


if __name__ == "__main__":
    sys.exit(main())
