"""Version conflicts of OpenMMLab's packages, and the commands that resolve them.

A gate is a function from an environment to its problems. A later gate holds its tongue
where an earlier one has explained the same failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .distributions import is_onedl, one_to_keep
from .facts import Environment

# Import name -> distribution, where pip knows it by another name.
DISTRIBUTIONS = {
    "cv2": "opencv-python",
    "mim": "openmim",
    "pkg_resources": "'setuptools>=77,<81'",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# What mmdet and mmseg import at once; only some of it is in their metadata.
IMPORTED = {
    "mmdet": ("pycocotools", "scipy", "shapely", "six", "terminaltables"),
    "mmsegmentation": ("ftfy", "regex", "prettytable", "scipy"),
}
IMPORT_NAME = {"mmdet": "mmdet", "mmsegmentation": "mmseg"}
MODULE = {"mmdet": "mmdet.apis", "mmsegmentation": "mmseg.apis"}


@dataclass(frozen=True)
class Problem:
    """A conflict, and the command that resolves it."""

    what: str
    mend: str


def problems(environment: Environment) -> list[Problem]:
    """All problems of ``environment``."""
    found: list[Problem] = []
    for gate in (two_owners, setuptools, base, operators, packages, mim):
        found += gate(environment, bool(found))
    return found


def notes(env: Environment) -> list[str]:
    """Notes that need no action."""
    if env.distribution("mim") == "onedl-mim":
        return [
            "onedl-mim cannot start ce_plugin; in place of `mim train ce_plugin "
            f"CONFIG`: {env.executable} -m ce_plugin.tools.train CONFIG"
        ]
    return []


def two_owners(env: Environment, explained: bool) -> Iterator[Problem]:
    """Import names with two owners: pip lets one overwrite the other silently."""
    for name, several in sorted(env.owners().items()):
        if len(several) < 2 or (name == "mmcv" and "mmcv-lite" in several):
            continue
        keep = one_to_keep(env.owners(), name)
        # Without the build that has its operators, pip would take half an hour.
        again = _install_mmcv(env) if keep == "mmcv" else _pip(env, _pinned(env, keep))
        yield Problem(
            f"{' and '.join(several)} both own `{name}`: they lie over each other",
            f"{env.executable} -m pip uninstall -y {' '.join(several)} && {again}",
        )


def _pinned(env: Environment, name: str) -> str:
    version = env.version(name)
    return f"--no-deps {name}=={version}" if version else name


def setuptools(env: Environment, explained: bool) -> Iterator[Problem]:
    """Before 82 for pkg_resources (openmim, mmengine), from 77 on for torch 2.14."""
    version = env.version("setuptools")
    mend = _pip(env, "'setuptools>=77,<81'")
    if version is None or _release(version) >= (82,):
        yield Problem(
            f"setuptools {version or 'is missing'}: no pkg_resources, which mim and "
            "mmengine import; it left with 82",
            mend,
        )
    elif _release(version) < (77,):
        yield Problem(
            f"setuptools {version}: torch from 2.14 on wants 77 or newer (an openxlab "
            "that came with openmim may have asked for this one)",
            mend,
        )


def base(env: Environment, explained: bool) -> Iterator[Problem]:
    """Problems of what pretraining needs: missing, broken or of another release."""
    engine = env.version("mmengine")
    if engine is not None and _release(engine) >= (0, 11):
        yield Problem(
            f"mmengine {engine}: its get_installed_path is one folder off, so that "
            "_base_ = 'mmdet::...' is not found",
            _pip(env, "'mmengine>=0.10.7,<0.11'"),
        )
    for name in ("numpy", "cv2", "torch", "torchvision", "mmengine", "timm"):
        fault = env.fault(name)
        if fault is None or (explained and "pkg_resources" in fault):
            continue
        yield Problem(f"{name} does not import: {fault}", _base_mend(env, name, fault))
        # The ones that follow import it.
        return


def _base_mend(env: Environment, name: str, fault: str) -> str:
    missing = re.search(r"No module named '(\w+)", fault)
    if missing:
        return _pip(env, DISTRIBUTIONS.get(missing[1], missing[1]))
    if name == "cv2" and re.search(r"lib\w+\.so", fault):
        # The usual build wants a screen's libraries, which servers do not have.
        return (
            f"{env.executable} -m pip uninstall -y opencv-python opencv-python-headless"
            f" && {_pip(env, 'opencv-python-headless')}"
        )
    distribution = DISTRIBUTIONS.get(name, name)
    if name == "torchvision":
        # It is compiled against one torch; pip knows which.
        torch = (env.version("torch") or "").partition("+")[0]
        return _pip(env, f"--upgrade torchvision torch=={torch}")
    return _pip(env, f"--force-reinstall --no-deps {distribution}")


def operators(env: Environment, explained: bool) -> Iterator[Problem]:
    """Needed: mmcv >= 2.0.0rc4, < 2.2.0 (mmdet and mmseg assert it), with operators."""
    name = env.distribution("mmcv") or "mmcv"
    version, lite = env.version(name), env.version("mmcv-lite")
    mend = _install_mmcv(env)
    theirs = {env.distribution(module) or "" for module in ("mmdet", "mmseg")}
    if is_onedl(name):
        yield from _operators_of_onedl(env, name, theirs, explained)
    elif version is None and lite is None:
        yield Problem("mmcv is missing: neither mmdet nor mmseg imports", mend)
    elif lite is not None:
        beside = f", and shares its folder with mmcv {version}" if version else ""
        yield Problem(f"mmcv-lite {lite} has no operators{beside}", mend)
    elif not _accepted(version):
        yield Problem(
            f"mmcv {version}: mmdet 3.3.0 and mmsegmentation 1.2.2 refuse all but "
            ">= 2.0.0rc4, < 2.2.0",
            mend,
        )
    else:
        fault = env.operators()
        if fault and not (explained and "ops does not import" in fault):
            yield Problem(f"mmcv {version}: {_operators_fault(env, fault)}", mend)


def _operators_of_onedl(
    env: Environment, name: str, theirs: set[str], explained: bool
) -> Iterator[Problem]:
    """OneDL's mmcv is for OneDL's mmdet and mmseg; OpenMMLab's refuse it."""
    fault = env.operators()
    gated = sorted(d for d in theirs if d and not is_onedl(d))
    if gated:
        mend = f"{env.executable} -m pip uninstall -y {name} && {_install_mmcv(env)}"
        yield Problem(
            f"{name} {env.version(name)}: {' and '.join(gated)} refuse an mmcv from "
            "2.2.0 on",
            mend,
        )
    elif fault and not (explained and "ops does not import" in fault):
        mend = _pip(env, f"--force-reinstall --no-deps {name}")
        yield Problem(f"{name}: {_operators_fault(env, fault)}", mend)


def _operators_fault(env: Environment, fault: str) -> str:
    if "mmcv._ext" in fault and "No module named" in fault:
        return "built without operators (MMCV_WITH_OPS=0)"
    if re.search(r"undefined symbol|lib(c10|torch)\w*\.so", fault):
        torch = env.version("torch")
        return f"built against another torch than {torch}: {fault}"
    return fault


def packages(env: Environment, explained: bool) -> Iterator[Problem]:
    """Both mmdet and mmseg are there, with what they import, and do import."""
    missing = [n for n in IMPORTED if env.distribution(IMPORT_NAME[n]) is None]
    if missing:
        yield Problem(f"{' and '.join(missing)} not installed", _install_mmcv(env))
    for name, needed in IMPORTED.items():
        if name in missing:
            continue
        absent = [x for x in needed if env.version(x) is None]
        fault = env.fault(MODULE[name])
        unknown = re.search(r"No module named '(\w+)", fault or "")
        if absent:
            yield Problem(
                f"{name} imports {', '.join(absent)}, not installed",
                _pip(env, " ".join(absent)),
            )
        elif unknown and not explained:
            distribution = DISTRIBUTIONS.get(unknown[1], unknown[1])
            yield Problem(
                f"{name} does not import: {fault}", _pip(env, f"{distribution}")
            )
        elif fault and not explained:
            yield Problem(
                f"{name} does not import: {fault}",
                _pip(env, f"--force-reinstall --no-deps {_name_of(env, name)}"),
            )


def _name_of(env: Environment, name: str) -> str:
    return env.distribution(IMPORT_NAME[name]) or name


def mim(env: Environment, explained: bool) -> Iterator[Problem]:
    """The package's folder is where mim looks: editable installs have it elsewhere."""
    fault = env.fault("mim")
    if env.distribution("mim") is None:
        yield Problem("openmim is missing: no mim command", _pip(env, "openmim"))
    elif fault and not explained:
        yield Problem(
            f"mim does not import: {fault}",
            _pip(env, "--force-reinstall --no-deps openmim"),
        )
    where, there = env.mim_sees()
    if there:
        return
    mend = _pip(env, f"--force-reinstall --no-deps {env.source}")
    if where is None:
        yield Problem("ce_plugin is not installed: `mim train ce_plugin` fails", mend)
    else:
        yield Problem(
            f"ce_plugin is an editable install: mim looks for {where}, which is not "
            "there (python -m ce_plugin.tools.train does without mim)",
            mend,
        )


def _pip(env: Environment, what: str) -> str:
    return f"{env.executable} -m pip install {what}"


def _install_mmcv(env: Environment) -> str:
    return f"{env.executable} -m ce_plugin.tools.install_mmcv"


def _accepted(version: str) -> bool:
    from packaging.specifiers import SpecifierSet

    # As mmdet compares them: 2.2.0rc1 is below 2.2.0.
    return SpecifierSet(">=2.0.0rc4,<2.2.0").contains(version, prereleases=True)


def _release(version: str) -> tuple[int, ...]:
    from packaging.version import Version

    return Version(version).release
