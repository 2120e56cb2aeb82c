"""Installs what detection and segmentation need: mmcv with operators, mmdet, mmseg.

mmdet 3.3.0 and mmsegmentation 1.2.2 take mmcv below 2.2.0 only, and mmcv 2.1.0 comes as
source. It is built here in about a minute (:mod:`ce_plugin.environment.mmcv.build`),
checked against values worked out by hand, kept, and installed into the environment of
the interpreter that runs this.

Runs as ``mim run ce_plugin install_mmcv``, or ``python -m`` this module.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import ended_as_by_ctrl_c, run_tool, tool_parser

DESCRIPTION = "Install mmcv with operators, mmdet and mmsegmentation."
EPILOG = """\
Wheels and the source archive are kept in $XDG_CACHE_HOME/ce_plugin/mmcv (~/.cache).
A machine without a network takes the archive from there, and mmdet and mmsegmentation
from where pip finds them (PIP_FIND_LINKS).
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(DESCRIPTION, EPILOG)
    add = parser.add_argument
    add("--force", action="store_true", help="build and install anew")
    add("--cpu", action="store_true", help="operators for the CPU only, despite a GPU")
    add("--wheel-dir", metavar="DIR", help="keep wheels and archive here instead")
    add(
        "--constraint",
        metavar="FILE",
        help="versions for pip (default: the checkout's requirements/constraints.txt)",
    )
    return parser.parse_args(argv)


def install_mmcv(args: argparse.Namespace) -> None:
    """Installs what is missing or wrong, and nothing else.

    Raises:
        InputError: See :func:`ce_plugin.environment.mmcv.install.install`.
    """
    from ce_plugin.environment.mmcv.install import install

    # Ended from outside, it takes its compilers and its scratch folder along.
    with ended_as_by_ctrl_c():
        install(args.force, args.cpu, args.wheel_dir, args.constraint)


def main() -> int:
    """The command."""
    return run_tool(parse_args(), install_mmcv)


if __name__ == "__main__":
    sys.exit(main())
