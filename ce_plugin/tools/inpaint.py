"""Fills holes in pictures: ``mim run ce_plugin inpaint``.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import add_habits
from ce_plugin.console.file_names import one_line
from ce_plugin.console.filler_options import add_arguments

EPILOG = """\
examples:
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
    parser = argparse.ArgumentParser(
        description="Fill holes in pictures.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    add_arguments(parser, "encoder-decoder")
    add("--out", required=True, help="a folder, or for one picture a file")
    kinds = "png, tif, webp, jpg, gif ...; own: that of each picture"
    add("--format", help=f"of the files in a folder: {kinds}")
    add("--keep-alpha", action="store_true", help="holes keep their transparency")
    depth = "bits in use of 16-bit pictures, such as 12 (default: all)"
    add("--bit-depth", type=int, help=depth)
    add("--parts", action="store_true", help="write raw predictions and masks too")
    add("--batch-size", type=int, default=16, help="pictures worked on at once")
    add("--seed", type=int, default=0, help="of generators and fillers")
    add_habits(parser)
    return parser.parse_args(argv)


def inpaint(args: argparse.Namespace) -> list[tuple[str, str]]:
    """Fills the pictures of ``args`` and writes them, each whole or not at all.

    Returns:
        (name, reason) of those that could not be filled, also printed.

    Raises:
        InputError: Something asked for cannot be done, or the only picture fails.
    """
    import time
    from pathlib import Path

    from ce_plugin.console.logs import quiet_mmengine
    from ce_plugin.errors import InputError
    from ce_plugin.inpainting import InpaintingInferencer
    from ce_plugin.inpainting.fillers.from_options import filler_of
    from ce_plugin.inpainting.jobs import list_jobs
    from ce_plugin.inpainting.outcome import save
    from ce_plugin.inpainting.picture_file.adapt import OWN, container_of, ending_for

    quiet_mmengine()
    out = Path(args.out)
    jobs = list_jobs(args.pictures, _masks(args), args.seed)
    if out.suffix and len(jobs) > 1 and not out.is_dir():
        raise InputError(
            f"--out {out} is a file, for {len(jobs)} pictures; give a folder"
        )
    ending = None
    if out.suffix and not out.is_dir():
        if args.format:
            raise InputError(f"--out {out} says the format; leave out --format")
        container_of(out.suffix)
        (job,) = jobs
        jobs, out, ending = [job.to(out.stem)], out.parent, out.suffix
    elif args.format:
        ending = OWN if args.format == OWN else ending_for(args.format)
    inferencer = InpaintingInferencer(filler_of(args))
    failed, filled, noted = [], 0, {}
    started = time.perf_counter()
    for outcome in inferencer.stream(jobs, args.batch_size, args.hole, args.bit_depth):
        name, reason = outcome.job.name, outcome.reason
        if not reason:
            try:
                path, notes = save(outcome, out, args.parts, ending, args.keep_alpha)
            except InputError as error:
                reason = str(error)
        if reason:
            failed.append((name, reason))
            continue
        filled += 1
        for note in (*outcome.filling.notes, *notes):
            noted.setdefault(note, []).append(name)
    seconds = time.perf_counter() - started
    if failed and len(jobs) == 1:
        raise InputError(failed[0][1])
    for note, names in noted.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"note: {one_line(names[0])}{more}: {note}")
    where = one_line(str(path if filled == 1 else out))
    print(f"{filled} of {len(jobs)} filled in {seconds:.1f} s: {where}")
    for name, reason in failed:
        print(f"not filled: {one_line(name)}: {one_line(reason)}", file=sys.stderr)
    return failed


def _masks(args: argparse.Namespace) -> object:
    from ce_plugin.errors import InputError

    given = [x for x in (args.mask, args.box, args.generator) if x is not None]
    if len(given) != 1:
        raise InputError(
            f"{len(given)} of --mask, --box and --generator are given; give one"
        )
    if args.mask:
        return args.mask
    if args.generator:
        from ce_plugin.masks.from_options import generator_config

        name, *options = args.generator
        return generator_config(name, options)
    try:
        boxes = [tuple(int(n) for n in box.split(",")) for box in args.box]
    except ValueError:
        boxes = [()]
    if any(len(box) != 4 for box in boxes):
        raise InputError(
            f"--box is LEFT,TOP,RIGHT,BOTTOM in whole pixels, not {' '.join(args.box)}"
        )
    return boxes


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run

    failed: list[tuple[str, str]] = []
    code = run(
        lambda: failed.extend(inpaint(args)), args.traceback, verbose=args.verbose
    )
    return code or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
