"""Looks at, fetches and cuts data: ``mim run ce_plugin prepare_data``.

Without mim: ``python -m ce_plugin.tools.prepare_data``. Nothing heavy is imported
before the arguments are read.
"""

from __future__ import annotations

import argparse
import os
import sys

from ce_plugin.console.command import add_habits

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
    parser = argparse.ArgumentParser(
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)

    check = commands.add_parser("check", help="counts, and what does not fit together")
    kinds = check.add_subparsers(dest="data", required=True)
    roots = dict(
        voc="the VOCdevkit, or one year's folder",
        sbd="the folder with img, cls and the lists",
        imagenet="the folder with train/CLASS and val/CLASS",
    )
    for kind, what in roots.items():
        sub = kinds.add_parser(kind, help=what)
        sub.add_argument("root", help=what)
        sub.add_argument("--decode", action="store_true", help="every picture as well")
        if kind == "voc":
            sub.add_argument(
                "--years", nargs="+", help="such as 2007 2012; default: all"
            )
            sub.add_argument(
                "--sbd", action="store_true", help="SBD's masks have to be there"
            )
        _last(sub)

    sub = kinds.add_parser("coco", help="a JSON file of COCO's format")
    sub.add_argument("file", help="the file")
    sub.add_argument("--pictures", help="their folder; default: images/ beside it")
    _last(sub)
    sub = kinds.add_parser("pairs", help="a folder of pictures and one of masks")
    sub.add_argument("pictures", help="the folder of the pictures")
    sub.add_argument("masks", help="the folder of the masks, .png of the same names")
    sub.add_argument("--classes", type=int, required=True, help="how many")
    sub.add_argument("--ending", default=".jpg", help="of the pictures (.jpg)")
    sub.add_argument("--ignored", type=int, default=255, help="label of no class (255)")
    _last(sub)

    download = commands.add_parser("download", help="fetch through torchvision")
    kinds = download.add_subparsers(dest="data", required=True)
    for kind, what in dict(voc="to ROOT/VOCdevkit", sbd="to ROOT").items():
        sub = kinds.add_parser(kind, help=what)
        sub.add_argument("root", help="the folder")
        if kind == "voc":
            sub.add_argument("--years", nargs="+", default=["2007", "2012"])
        _last(sub)

    coco = commands.add_parser("coco", help="VOC's annotations as COCO's files")
    coco.add_argument("root", help="one year's folder, such as VOCdevkit/VOC2007")
    coco.add_argument("out", help="the folder of the files")
    coco.add_argument("--lists", nargs="+", default=["train", "val"], help="train val")
    _last(coco)

    numbers = commands.add_parser("numbers", help="masks in VOC's colours as labels")
    numbers.add_argument("root", help="the folder of the masks")
    numbers.add_argument("out", help="another folder")
    _last(numbers)

    small = commands.add_parser("small", help="a small copy, for tests")
    kinds = small.add_subparsers(dest="data", required=True)
    sub = kinds.add_parser("voc", help="of a VOCdevkit")
    sub.add_argument("root", help=roots["voc"])
    sub.add_argument("out", help="where the copy goes")
    sub.add_argument("--pictures", type=int, required=True, help="of each year")
    sub.add_argument("--long-side", type=int, default=320, help="in pixels (320)")
    _last(sub)

    shards = commands.add_parser("shards", help="pictures into tar files")
    shards.add_argument("root", help="the folder of pictures")
    shards.add_argument("out", help="the folder of the shards, new or empty")
    shards.add_argument("--megabytes", type=int, default=1000, help="a shard's (1000)")
    _last(shards)
    return parser.parse_args(argv)


def _last(parser: argparse.ArgumentParser) -> None:
    add_habits(parser)


def prepare(args: argparse.Namespace) -> bool:
    """Does what ``args`` say; whether all is well.

    Raises:
        InputError: Something asked for cannot be done.
    """
    if args.command == "check":
        return _check(args)
    if args.command == "download":
        from ce_plugin.datasets.prepare.download import download_sbd, download_voc

        if args.data == "voc":
            place = download_voc(args.root, args.years)
        else:
            place = download_sbd(args.root)
        print(f"fetched: {place.absolute()}")
        return True
    if args.command == "coco":
        from ce_plugin.datasets.prepare.coco import voc_to_coco

        for path, what in voc_to_coco(args.root, args.out, args.lists).items():
            print(f"{path}: {what}")
        return True
    if args.command == "numbers":
        from ce_plugin.datasets.prepare.mask_labels import masks_to_numbers

        print(f"{args.out}: {masks_to_numbers(args.root, args.out)} masks")
        return True
    if args.command == "shards":
        from ce_plugin.datasets.prepare.shards import make_shards

        count, unread = make_shards(args.root, args.out, args.megabytes)
        for name in unread:
            print(f"left out, cannot be read: {name}")
        print(f"{count} shard(s): {os.path.abspath(args.out)}")
        return True
    from ce_plugin.datasets.prepare.small_voc import small_voc

    done = small_voc(args.root, args.out, args.pictures, args.long_side)
    for year, number in done.items():
        print(f"{os.path.join(args.out, year)}: {number} pictures")
    return True


def _check(args: argparse.Namespace) -> bool:
    from ce_plugin.datasets import check

    if args.data == "coco":
        beside = os.path.join(os.path.dirname(args.file), "images")
        found = check.check_coco_file(args.file, args.pictures or beside)
        for name, count in found.items():
            print(f"{name}: {count}")
        print(f"no problem in {os.path.abspath(args.file)}")
        return True
    if args.data == "pairs":
        said = check.check_segmentation_list(
            None,
            args.pictures,
            args.masks,
            args.ending,
            num_classes=args.classes,
            ignore_index=args.ignored,
        )
        print(f"{said}\nno problem in {os.path.abspath(args.masks)}")
        return True
    options = {k: v for k, v in vars(args).items() if k in ("decode", "years", "sbd")}
    report = getattr(check, f"check_{args.data}")(args.root, **options)
    for line in report.counts:
        print(line)
    for line in report.problems:
        print(f"PROBLEM {line}")
    print(report.summary)
    return not report.problems


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run

    well = []
    code = run(lambda: well.append(prepare(args)), args.traceback, verbose=args.verbose)
    return code or int(not well[0])


if __name__ == "__main__":
    sys.exit(main())
