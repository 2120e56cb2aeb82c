"""One HTML page of a folder of results: ``mim run ce_plugin gallery``.

Without mim: ``python -m ce_plugin.tools.gallery``. Nothing heavy is imported before the
arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

EPILOG = """\
examples:
  %(prog)s filled --out gallery.html
  %(prog)s out --truth photos --masks masks --out gallery.html

FOLDER is what the command inpaint leaves, or pictures of any tool. Where it holds one
sub-folder for each filler (out/telea, out/patchmatch ...), each is a column, and
pictures of the same name stand side by side. With --truth the originals stand beside
them and, where holes are known, below each result its scores in the hole. Names are
compared without their ending.

The page is one file that asks for nothing outside itself.

exit codes: 0 all shown, 1 some could not be (listed at the end), 2 wrong input
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser("Make one HTML page of a folder of pictures.", EPILOG)
    add = parser.add_argument
    add("folder", metavar="FOLDER", help="of finished pictures, or of such folders")
    add("--out", required=True, help="the page, an .html file")
    add("--truth", metavar="PHOTOS", help="folder of the whole pictures")
    add(
        "--masks",
        help="folder or file, the hole is white (default: NAME_mask.png in FOLDER, "
        "as inpaint --parts writes them)",
    )
    add("--title", help="of the page (default: the folder's name)")
    add("--size", type=int, default=512, help="longest side in the page (512 pixels)")
    add("--columns", nargs="+", metavar="NAME", help="sub-folders, in this order")
    add("--flat", action="store_true", help="sub-folders are no columns")
    return parser.parse_args(argv)


def gallery(args: argparse.Namespace) -> int:
    """Makes the page of ``args`` and says what is in it.

    Returns:
        How many things could not be shown or scored.

    Raises:
        InputError: Something asked for cannot be done, or no picture can be read.
    """
    from ce_plugin.console import counted
    from ce_plugin.pages.gallery import make_gallery

    with counted("rows") as tell:
        report = make_gallery(
            args.folder,
            args.out,
            truth=args.truth,
            masks=args.masks,
            title=args.title,
            size=args.size,
            columns=args.columns,
            flat=args.flat,
            tell=tell,
        )
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    told = f"{report.pictures} pictures"
    if len(report.columns) > 1:
        told += f" in {report.rows} rows of {len(report.columns)} columns "
        told += f"({', '.join(report.columns)})"
    size = f"{report.bytes / 1e3:,.0f} kB"
    print(_line(f"{told}: {args.out}, {size}"))
    for problem in report.problems:
        print(_line(f"not shown or not scored: {problem}"), file=sys.stderr)
    return len(report.problems)


def _line(text: str) -> str:
    """One line, of names that a disk may hold but a terminal cannot show."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def main() -> int:
    """The command."""
    return run_tool(parse_args(), gallery)


if __name__ == "__main__":
    sys.exit(main())
