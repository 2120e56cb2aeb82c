"""Fills holes in pictures: ``mim run ce_plugin inpaint``.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.tools._filler import add_arguments, filler_of

EPILOG = """\
examples:
  %(prog)s photo.jpg --mask mask.png --checkpoint work_dirs/pretrain_ce --out filled
  %(prog)s photo.jpg --box 100,80,220,190 --filler patchmatch --out filled.png
  %(prog)s photos --mask masks --filler nearest --collection library --out filled
  %(prog)s photos --generator BrushStrokes --filler patchmatch \\
      --start encoder-decoder --checkpoint work_dirs/pretrain_ce --out filled

In a mask picture the hole is white. --mask is one picture for all, or a folder with one
of the same name for each. Only the hole's pixels change.

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
    add("--mask", help="a picture or a folder of them; the hole is white")
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
    add("--out", required=True, help="a folder, or for one picture a .png file")
    add("--parts", action="store_true", help="write raw predictions and masks too")
    add("--batch-size", type=int, default=16, help="pictures worked on at once")
    add("--seed", type=int, default=0, help="of generators and fillers")
    add("--traceback", action="store_true", help="the traceback of an error as well")
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

    from ce_plugin.errors import InputError
    from ce_plugin.inference import InpaintingInferencer
    from ce_plugin.inference.jobs import list_jobs
    from ce_plugin.inference.outcome import save

    out = Path(args.out)
    jobs = list_jobs(args.pictures, _masks(args), args.seed)
    if out.suffix and len(jobs) > 1:
        raise InputError(
            f"--out {out} is a file, for {len(jobs)} pictures; give a folder"
        )
    if out.suffix not in ("", ".png"):
        raise InputError(f"--out ends in .png or is a folder, not {out}")
    if out.suffix:
        (job,) = jobs
        jobs, out = [job.to(out.stem)], out.parent
    inferencer = InpaintingInferencer(filler_of(args))
    failed, filled, noted = [], 0, {}
    started = time.perf_counter()
    for outcome in inferencer.stream(jobs, args.batch_size):
        if outcome.filling is None:
            failed.append((outcome.job.name, outcome.reason))
            continue
        path = save(outcome, out, args.parts)
        filled += 1
        for note in outcome.filling.notes:
            noted.setdefault(note, []).append(outcome.job.name)
    seconds = time.perf_counter() - started
    if failed and len(jobs) == 1:
        raise InputError(failed[0][1])
    for note, names in noted.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"note: {names[0]}{more}: {note}")
    where = path if filled == 1 else out
    print(f"{filled} of {len(jobs)} filled in {seconds:.1f} s: {where}")
    for name, reason in failed:
        print(f"not filled: {name}: {reason}", file=sys.stderr)
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
        from ce_plugin.tools._generator import generator_config

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
    from ce_plugin.tools._errors import run

    failed: list[tuple[str, str]] = []
    code = run(lambda: failed.extend(inpaint(args)), args.traceback)
    return code or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
