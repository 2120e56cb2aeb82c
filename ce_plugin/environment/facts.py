"""Facts for the doctor: versions, imports, mmcv's operators, what mim sees.

Imports happen in a process of their own, so that one that fails or crashes is a finding
and not the doctor's end.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from .distributions import USUAL, owner

# In the order of dependence: a failure is the first module's own.
MODULES = ("numpy", "cv2", "torch", "torchvision", "mmengine", "timm", "mim")
MODULES += ("mmcv", "mmdet.apis", "mmseg.apis")
_IMPORTS = """
import importlib, json, sys
sys.stdout, answers = sys.stderr, sys.stdout
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        fault = None
    except BaseException as error:
        fault = f"{type(error).__name__}: {' '.join(str(error).split())}"
    print(json.dumps([name, fault]), file=answers, flush=True)
"""
# mim asks pkg_resources where a package lies and wants its folder there.
_MIM = """
import json, os
from importlib.metadata import PackageNotFoundError, distribution
try:
    where = str(distribution("ce_plugin").locate_file("ce_plugin"))
except PackageNotFoundError:
    where = None
print(json.dumps([where, bool(where) and os.path.isdir(where)]))
"""


@dataclass(frozen=True)
class Environment:
    """Facts about an environment; the defaults are one where all is well.

    Attributes:
        version: From a distribution's name to its version, or None.
        fault: From a module's name to why it does not import, or None.
        operators: Why mmcv's operators do not do, or None.
        mim_sees: Where mim looks for this package, or None where it is not installed;
            and whether it lies there.
        python: Python's version.
        executable: The interpreter that the advice names.
        source: This package's source folder, where it runs from one.
        owners: Every import name and the distributions that own it.
    """

    version: Callable[[str], str | None]
    fault: Callable[[str], str | None] = field(default=lambda name: None)
    operators: Callable[[], str | None] = field(default=lambda: None)
    mim_sees: Callable[[], tuple[str | None, bool]] = field(
        default=lambda: ("site-packages/ce_plugin", True)
    )
    python: str = platform.python_version()
    executable: str = sys.executable
    source: str = "."
    owners: Callable[[], dict[str, list[str]]] = field(default=dict)

    def distribution(self, module: str) -> str | None:
        """The distribution of ``module`` (mmcv, mmdet ...): OpenMMLab's or another.

        None where nobody does.
        """
        usual = USUAL[module]
        if self.version(usual) is not None:
            return usual
        return owner(self.owners(), module)


def this_environment() -> Environment:
    """The environment of the interpreter that runs this."""
    from pathlib import Path

    from .distributions import installed_versions, owners
    from .mmcv.wheel import check

    root = Path(__file__).resolve().parents[2]

    @cache
    def faults() -> dict[str, str | None]:
        return _faults(MODULES)

    @cache
    def operators() -> str | None:
        return check([])

    @cache
    def mim_sees() -> tuple[str | None, bool]:
        where, there = json.loads(_child(_MIM).stdout)
        return where, there

    return Environment(
        version=installed_versions(),
        fault=lambda name: faults().get(name),
        operators=operators,
        mim_sees=mim_sees,
        source=str(root),
        owners=cache(owners),
    )


def _faults(modules: tuple[str, ...]) -> dict[str, str | None]:
    done = _child(_IMPORTS, *modules)
    faults = dict(json.loads(line) for line in done.stdout.splitlines())
    silent = [name for name in modules if name not in faults]
    if silent:
        faults[silent[0]] = f"the interpreter ended with code {done.returncode}"
        faults.update(_faults(tuple(silent[1:])) if silent[1:] else {})
    return faults


def _child(source: str, *args: str) -> subprocess.CompletedProcess[str]:
    # In an empty folder: `-c` puts the current one on the path, and a checkout's
    # egg-info would pass for an installed package.
    with tempfile.TemporaryDirectory(prefix="ce_plugin-doctor-") as folder:
        return subprocess.run(
            [sys.executable, "-c", source, *args],
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
        )
