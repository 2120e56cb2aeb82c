"""Writes the segmentation lists that VOC and SBD do not bring: see DESCRIPTION."""

from __future__ import annotations

import argparse
import os
import sys

from ce_plugin.console.command import add_habits

DESCRIPTION = """\
Write lists of VOC 2012 and SBD into VOC2012/ImageSets/Segmentation:
  sbd_train.txt   SBD train                                            8,498
  aug.txt         SBD train and val that are in neither VOC list       9,118
  trainaug.txt    VOC train and all of SBD without VOC val            10,582
  seg12valid.txt  VOC 2012 val without SBD train
  seg11valid.txt  VOC 2011 val without SBD train: needs VOC 2011's       736
"""
EPILOG = """\
VOC 2012 does not tell which of its pictures VOC 2011 had segmented: the year in a
name is the picture's. So seg11valid.txt, which FCN's scores are of, needs VOC 2011's
list, from VOCDEVKIT/VOC2011 or --voc2011. Without it only seg12valid.txt is written.

SBD's masks become SegmentationClassAug by
  mim run mmsegmentation voc_aug VOCDEVKIT SBD
"""
COUNTS = {
    "sbd_train": 8498,
    "aug": 9118,
    "trainaug": 10582,
    "seg11valid": 736,
}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("devkit", metavar="VOCDEVKIT", help="the folder with VOC2012 in it")
    add(
        "--sbd",
        required=True,
        help="SBD's folder: benchmark_RELEASE, or where torchvision put it",
    )
    add("--voc2011", metavar="LIST", help="ImageSets/Segmentation/val.txt of VOC 2011")
    add("--overwrite", action="store_true", help="also lists that hold other names")
    add_habits(parser)
    return parser.parse_args(argv)


def segmentation_lists(
    train: list[str],
    val: list[str],
    sbd_train: list[str],
    sbd_val: list[str],
    val_2011: list[str] | None = None,
) -> dict[str, list[str]]:
    """The lists by name, from those that VOC 2012, SBD and VOC 2011 bring.

    Returns:
        Names in the order of the list they come from; aug and trainaug sorted.

    Example:
        >>> lists = segmentation_lists(['a'], ['b', 'c', 'e'], ['a', 'b'], ['c', 'd'])
        >>> lists['trainaug'], lists['aug'], lists['seg12valid']
        (['a', 'd'], ['d'], ['c', 'e'])
    """
    sbd, seen = {*sbd_train, *sbd_val}, set(sbd_train)
    lists = dict(
        sbd_train=list(sbd_train),
        aug=sorted(sbd - {*train, *val}),
        trainaug=sorted((sbd | set(train)) - set(val)),
        seg12valid=[name for name in val if name not in seen],
    )
    if val_2011 is not None:
        lists["seg11valid"] = [name for name in val_2011 if name not in seen]
    return lists


def write_lists(args: argparse.Namespace) -> None:
    """Reads the lists that are there, writes the others, and says what came out.

    Raises:
        InputError: A folder or list is not there, a list would be empty, or one is
            there with other names. Nothing is written then.
    """
    from ce_plugin.datasets.files import need_folder, read_lines
    from ce_plugin.errors import InputError
    from ce_plugin.files import write_atomic

    devkit = need_folder(args.devkit)
    folder = os.path.join(devkit, "VOC2012", "ImageSets", "Segmentation")
    sbd = need_folder(args.sbd)
    if os.path.isdir(os.path.join(sbd, "dataset")):
        sbd = os.path.join(sbd, "dataset")
    named = args.voc2011
    own = os.path.join(devkit, "VOC2011", "ImageSets", "Segmentation", "val.txt")
    if named is None and os.path.isfile(own):
        named = own
    sources = [
        os.path.join(d, f"{s}.txt") for d in (folder, sbd) for s in ("train", "val")
    ]
    lists = segmentation_lists(
        *(read_lines(path) for path in sources), read_lines(named) if named else None
    )

    paths = {name: os.path.join(folder, f"{name}.txt") for name in lists}
    for name, path in paths.items():
        if not lists[name]:
            raise InputError(
                f"{name}.txt would be empty; are {' and '.join(sources)} of one set?"
            )
        if os.path.isfile(path) and not args.overwrite:
            there = read_lines(path)
            if set(there) != set(lists[name]):
                raise InputError(
                    f"{path} is there with {len(there)} names, not these "
                    f"{len(lists[name])}; move it away, or give --overwrite"
                )
            lists[name] = there
    for name, path in paths.items():
        write_atomic(path, "".join(f"{line}\n" for line in lists[name]))
        print(f"{path}: {len(lists[name]):,} names")
    for line in _remarks(os.path.dirname(os.path.dirname(folder)), lists, args):
        print(f"note: {line}")


def _remarks(year: str, lists: dict[str, list[str]], args) -> list[str]:
    """What the user should know: counts that are not the published, missing files."""
    lines = [
        f"{name}.txt has {len(lists[name]):,} names, not {count:,}: the lists it comes "
        "from are not the whole ones"
        for name, count in COUNTS.items()
        if name in lists and len(lists[name]) != count
    ]
    if "seg11valid" not in lists:
        lines.append(
            "no seg11valid.txt, for want of --voc2011; seg12valid.txt is VOC 2012 "
            "val without SBD train, and scores on it are not FCN's"
        )
    for name, members in lists.items():
        masks = "Class" if name.startswith("seg1") else "ClassAug"
        for part, suffix in (("JPEGImages", "jpg"), (f"Segmentation{masks}", "png")):
            paths = [os.path.join(year, part, f"{n}.{suffix}") for n in members]
            gone = [path for path in paths if not os.path.isfile(path)]
            if gone:
                lines.append(
                    f"{name}.txt: {len(gone):,} of {len(paths):,} files are not there, "
                    f"the first {gone[0]}"
                )
    if any("ClassAug" in line for line in lines):
        lines.append(
            f"masks of SBD: mim run mmsegmentation voc_aug {args.devkit} {args.sbd}"
        )
    return lines


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run

    return run(lambda: write_lists(args), args.traceback, verbose=args.verbose)


if __name__ == "__main__":
    sys.exit(main())
