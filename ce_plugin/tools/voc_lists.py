"""Writes the segmentation lists that VOC and SBD do not bring: see DESCRIPTION."""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

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


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(DESCRIPTION, EPILOG)
    add = parser.add_argument
    add("devkit", metavar="VOCDEVKIT", help="the folder with VOC2012 in it")
    add(
        "--sbd",
        required=True,
        help="SBD's folder: benchmark_RELEASE, or where torchvision put it",
    )
    add("--voc2011", metavar="LIST", help="ImageSets/Segmentation/val.txt of VOC 2011")
    add("--overwrite", action="store_true", help="also lists that hold other names")
    return parser.parse_args(argv)


def voc_lists(args: argparse.Namespace) -> None:
    """Writes the lists and says what came out.

    Raises:
        InputError: See :func:`ce_plugin.datasets.prepare.voc_lists.write_lists`.
    """
    from ce_plugin.datasets.prepare.voc_lists import write_lists

    for line in write_lists(args.devkit, args.sbd, args.voc2011, args.overwrite):
        print(line)


def main() -> int:
    """The command."""
    return run_tool(parse_args(), voc_lists)


if __name__ == "__main__":
    sys.exit(main())
