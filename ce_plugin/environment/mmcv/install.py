"""mmcv with operators, mmdet and mmsegmentation, installed into this environment."""

from __future__ import annotations

import sys
from pathlib import Path

from ce_plugin.environment import distributions
from ce_plugin.errors import InputError

from . import build, wheel

# The extra `downstream` of setup.cfg is the same list; a test holds them equal.
# ftfy and regex: mmsegmentation imports them and does not say so.
REQUIREMENTS = ("mmdet==3.3.0", "mmsegmentation==1.2.2", "ftfy", "regex")
MODULES = ("mmcv", "mmdet", "mmseg")
# Other owners of the folder mmcv that are OpenMMLab's own: they give way.
REPLACED = ("mmcv-lite", "mmcv-full")


def install(
    force: bool = False,
    cpu: bool = False,
    wheel_dir: str | None = None,
    constraint: str | None = None,
) -> None:
    """Installs what is missing or wrong and nothing else, and prints what it does.

    Args:
        force: Build and install anew.
        cpu: Operators for the CPU only, despite a GPU.
        wheel_dir: Where wheels and archive are kept, in place of the cache folder.
        constraint: A file of versions for pip.

    Raises:
        InputError: A tool, an archive or a network is missing, or what was built does
            not compute what it should.
    """
    found = distributions.owners()
    refuse_others(found)
    where = wheel.target(cpu)
    devices = ["cpu"] if where.cuda is None else ["cpu", "cuda"]
    lists = constraints(constraint)
    versions = distributions.installed_versions()
    others = [x for x in REQUIREMENTS if not _satisfied(x, versions)]
    rivals = [name for name in found.get("mmcv", []) if name in REPLACED]
    right = versions("mmcv") == build.MMCV and not rivals and not force
    right = right and wheel.check(devices) is None
    if right and not others:
        print(f"mmcv {build.MMCV} is right, {' and '.join(REQUIREMENTS[:2])} are there")
        return
    if not right:
        folder = Path(wheel_dir) if wheel_dir else wheel.default_folder()
        ready = wheel.ready_wheel(folder.expanduser(), where, devices, force)
        print(f"installing {ready}", flush=True)
        options = ["install", "--force-reinstall", "--no-deps", str(ready)]
        # Over what is there: where pip fails it puts that back.
        build.pip(*options)
        for name in rivals:
            print(f"removing {name}, which lies in the same folder as mmcv")
            build.pip("uninstall", "--yes", name)
        if rivals:
            # With theirs, files of the new one have gone.
            build.pip(*options)
    if others:
        print(f"installing {', '.join(others)}", flush=True)
        build.pip("install", *lists, *others)
    fault = wheel.check(devices)
    if fault:
        raise InputError(
            f"mmcv is installed, but {fault}; see {sys.executable} -m "
            "ce_plugin.tools.doctor"
        )
    print(f"mmcv {build.MMCV}, {', '.join(REQUIREMENTS[:2])}: installed and checked")


def constraints(file: str | None = None) -> list[str]:
    """The options of pip for ``file``, or for the list of the checkout that this is."""
    root = Path(__file__).resolve().parents[3]
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
    known = {distributions.USUAL[name] for name in MODULES} | set(REPLACED)
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
