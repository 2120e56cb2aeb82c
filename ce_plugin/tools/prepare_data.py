"""Looks at, fetches and cuts data: ``mim run ce_plugin prepare_data``.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import add_common_options, run_tool, tool_parser

DESCRIPTION = "Check, download or cut the data of the downstream tasks."
EPILOG = """\
examples:
  %(prog)s check voc data/VOCdevkit --years 2007 2012
  %(prog)s check imagenet data/imagenet
  %(prog)s download voc data
  %(prog)s check coco mine/train.json --pictures mine/images
  %(prog)s check pairs mine/images/train mine/masks/train --classes 3
  %(prog)s coco mine/VOC2007 mine
  %(prog)s numbers mine/coloured mine/masks
  %(prog)s small voc data/VOCdevkit data/small --pictures 200
  %(prog)s shards data/photos data/photos-tar

check exits with 0 where all fits together and with 1 where something does not.
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(DESCRIPTION, EPILOG, common_options=False)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="counts, and what does not fit together")
    checks = check.add_subparsers(dest="data", required=True)
    devkit = "the VOCdevkit, or one year's folder"
    voc = _command(checks, "voc", devkit)
    voc.add_argument("--years", nargs="+", help="such as 2007 2012; default: all")
    voc.add_argument("--sbd", action="store_true", help="SBD's masks have to be there")
    sbd = _command(checks, "sbd", "the folder with img, cls and the lists")
    imagenet = _command(checks, "imagenet", "the folder with train/CLASS and val/CLASS")
    for kind in (voc, sbd, imagenet):
        kind.add_argument("--decode", action="store_true", help="every picture as well")
    coco = _command(checks, "coco", "a JSON file of COCO's format", file="the file")
    coco.add_argument("--pictures", help="their folder; default: images/ beside it")
    masks = "the folder of the masks, .png of the same names"
    folders = dict(pictures="the folder of the pictures", masks=masks)
    what = "a folder of pictures and one of masks"
    add = _command(checks, "pairs", what, **folders).add_argument
    add("--classes", type=int, required=True, help="how many")
    add("--ending", default=".jpg", help="of the pictures (.jpg)")
    add("--ignored", type=int, default=255, help="label of no class (255)")

    download = commands.add_parser("download", help="fetch through torchvision")
    kinds = download.add_subparsers(dest="data", required=True)
    voc = _command(kinds, "voc", "to ROOT/VOCdevkit")
    voc.add_argument("--years", nargs="+", default=["2007", "2012"])
    _command(kinds, "sbd", "to ROOT")

    year = "one year's folder, such as VOCdevkit/VOC2007"
    folders = dict(root=year, out="the folder of the files")
    coco = _command(commands, "coco", "VOC's annotations as COCO's files", **folders)
    coco.add_argument("--lists", nargs="+", default=["train", "val"], help="train val")
    folders = dict(root="the folder of the masks", out="another folder")
    _command(commands, "numbers", "masks in VOC's colours as labels", **folders)
    small = commands.add_parser("small", help="a small copy, for tests")
    kinds = small.add_subparsers(dest="data", required=True)
    folders = dict(root=devkit, out="the copy's folder")
    add = _command(kinds, "voc", "of a VOCdevkit", **folders).add_argument
    add("--pictures", type=int, required=True, help="of each year")
    add("--long-side", type=int, default=320, help="in pixels (320)")
    folders = dict(root="the folder of pictures", out="their folder, new or empty")
    shards = _command(commands, "shards", "pictures into tar files", **folders)
    shards.add_argument("--megabytes", type=int, default=1000, help="a shard's (1000)")
    return parser.parse_args(argv)


def _command(kinds, name: str, help: str, **places: str) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=help)
    for place, what in (places or {"root": help}).items():
        parser.add_argument(place, help=what)
    add_common_options(parser)
    return parser


def prepare_data(args: argparse.Namespace) -> int:
    """Does what ``args`` say and prints what came out.

    Returns:
        How many kinds of problems a check has found.

    Raises:
        InputError: Something asked for cannot be done.
    """
    from ce_plugin.datasets.prepare.commands import COMMANDS

    options = {k: v for k, v in vars(args).items() if k not in ("verbose", "traceback")}
    name = " ".join(options.pop(k) for k in ("command", "data") if k in options)
    said, problems = COMMANDS[name](**options)
    print("\n".join(said))
    return problems


def main() -> int:
    """The command."""
    return run_tool(parse_args(), prepare_data)


if __name__ == "__main__":
    sys.exit(main())
