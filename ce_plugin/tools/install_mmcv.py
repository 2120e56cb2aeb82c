"""Installs what detection and segmentation need: mmcv with operators, mmdet, mmseg.

mmdet 3.3.0 and mmsegmentation 1.2.2 take mmcv below 2.2.0 only, and mmcv 2.1.0 comes as
source. It is built here in about a minute (:mod:`ce_plugin.environment.mmcv.build`),
checked against values worked out by hand, kept, and installed into the environment of
the interpreter that runs this.

Runs as ``mim run ce_plugin install_mmcv``, or ``python -m`` this module.
"""

from __future__ import annotations

import argparse
import signal
import sys

from ce_plugin.console.command import add_habits

DESCRIPTION = "Install mmcv with operators, mmdet and mmsegmentation."
EPILOG = """\
Wheels and the source archive are kept in $XDG_CACHE_HOME/ce_plugin/mmcv (~/.cache).
A machine without a network takes the archive from there, and mmdet and mmsegmentation
from where pip finds them (PIP_FIND_LINKS).
"""
# The extra `downstream` of setup.cfg is the same list; a test holds them equal.
# ftfy and regex: mmsegmentation imports them and does not say so.
REQUIREMENTS = ("mmdet==3.3.0", "mmsegmentation==1.2.2", "ftfy", "regex")
MODULES = ("mmcv", "mmdet", "mmseg")
# Other owners of the folder mmcv that are OpenMMLab's own: they give way.
REPLACED = ("mmcv-lite", "mmcv-full")


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--force", action="store_true", help="build and install anew")
    add("--cpu", action="store_true", help="operators for the CPU only, despite a GPU")
    add("--wheel-dir", metavar="DIR", help="keep wheels and archive here instead")
    add(
        "--constraint",
        metavar="FILE",
        help="versions for pip (default: the checkout's requirements/constraints.txt)",
    )
    add_habits(parser)
    return parser.parse_args(argv)


def install(args: argparse.Namespace) -> None:
    """Installs what is missing or wrong, and nothing else.

    Raises:
        InputError: A tool, an archive or a network is missing, or what was built does
            not compute what it should.
    """
    from pathlib import Path

    from ce_plugin.environment.distributions import installed_versions, owners
    from ce_plugin.environment.mmcv.build import MMCV, pip
    from ce_plugin.environment.mmcv.wheel import (
        check,
        default_folder,
        ready_wheel,
        target,
    )
    from ce_plugin.errors import InputError

    found = owners()
    refuse_others(found)
    where = target(args.cpu)
    devices = ["cpu"] if where.cuda is None else ["cpu", "cuda"]
    lists = constraints(args.constraint)
    versions = installed_versions()
    others = [x for x in REQUIREMENTS if not _satisfied(x, versions)]
    rivals = [name for name in found.get("mmcv", []) if name in REPLACED]
    right = versions("mmcv") == MMCV and not rivals and not args.force
    right = right and check(devices) is None
    if right and not others:
        print(f"mmcv {MMCV} is right, {' and '.join(REQUIREMENTS[:2])} are there")
        return
    if not right:
        folder = Path(args.wheel_dir) if args.wheel_dir else default_folder()
        wheel = ready_wheel(folder.expanduser(), where, devices, args.force)
        print(f"installing {wheel}", flush=True)
        install = ["install", "--force-reinstall", "--no-deps", str(wheel)]
        # Over what is there: where pip fails it puts that back.
        pip(*install)
        for name in rivals:
            print(f"removing {name}, which lies in the same folder as mmcv")
            pip("uninstall", "--yes", name)
        if rivals:
            # With theirs, files of the new one have gone.
            pip(*install)
    if others:
        print(f"installing {', '.join(others)}", flush=True)
        pip("install", *lists, *others)
    fault = check(devices)
    if fault:
        raise InputError(
            f"mmcv is installed, but {fault}; see {sys.executable} -m "
            "ce_plugin.tools.doctor"
        )
    print(f"mmcv {MMCV}, {', '.join(REQUIREMENTS[:2])}: installed and checked")


def constraints(file: str | None = None) -> list[str]:
    """The options of pip for ``file``, or for the list of the checkout that this is."""
    from pathlib import Path

    from ce_plugin.errors import InputError

    root = Path(__file__).resolve().parents[2]
    path = Path(file) if file else root / "requirements" / "constraints.txt"
    if file and not path.is_file():
        raise InputError(f"no constraints file {file}")
    own = path.is_file() and (root / "setup.cfg").is_file()
    return ["--constraint", str(path)] if file or own else []


def refuse_others(found: dict[str, list[str]]) -> None:
    """Leaves an environment alone whose mmcv, mmdet or mmseg is somebody else's.

    Args:
        found: Import names and the distributions that own them.

    Raises:
        InputError: One is; what would be written over it would destroy both.
    """
    from ce_plugin.environment.distributions import USUAL
    from ce_plugin.errors import InputError

    known = {USUAL[name] for name in MODULES} | set(REPLACED)
    others = {
        distribution: name
        for name in MODULES
        for distribution in found.get(name, [])
        if distribution not in known
    }
    if others:
        theirs = ", ".join(f"{name} is {d}'s" for d, name in others.items())
        raise InputError(
            f"{theirs} here, and nothing was changed: `{sys.executable} -m "
            "ce_plugin.tools.doctor` says whether it works; to have OpenMMLab's in its "
            f"place: {sys.executable} -m pip uninstall -y {' '.join(others)}, and "
            "start again"
        )


def _satisfied(requirement: str, versions) -> bool:
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    found = versions(wanted.name)
    return found is not None and wanted.specifier.contains(found, prereleases=True)


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run

    # Ended from outside, it takes its compilers and its scratch folder along.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run(lambda: install(args), args.traceback, verbose=args.verbose)


if __name__ == "__main__":
    sys.exit(main())
