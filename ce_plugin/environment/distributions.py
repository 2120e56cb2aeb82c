"""Which distribution owns an import name, and which names have two owners.

pip writes one distribution over another without a word where both bring the same
import name: OneDL's line (``onedl-mmcv`` ...) owns those of OpenMMLab's, ``mmcv-lite``
that of ``mmcv``, ``opencv-python-headless`` that of ``opencv-python``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import (
    PackageNotFoundError,
    files,
    packages_distributions,
    version,
)

# Import name -> the distribution that this package asks for.
USUAL = {
    "mmengine": "mmengine",
    "mmcv": "mmcv",
    "mmdet": "mmdet",
    "mmseg": "mmsegmentation",
    "mim": "openmim",
}
# Folders that some distributions install by mistake, and nobody imports.
NOT_IMPORTED = {"test", "tests", "doc", "docs", "example", "examples", "benchmarks"}


def owners() -> dict[str, list[str]]:
    """Every import name and the distributions that own it.

    Parts of a namespace (``nvidia``, ``google``) do not count as several owners: each
    writes files of its own, and where they share one (an empty ``__init__.py``) it is
    the same. Owners of one name write different files in the same place.
    """
    found = {}
    for name, distributions in packages_distributions().items():
        several = sorted(set(distributions))
        if len(several) > 1:
            several = _in_each_other_s_way(name, several) or several[:1]
        if name not in NOT_IMPORTED and not name.startswith("_"):
            found[name] = several
    return found


def _in_each_other_s_way(name: str, distributions: list[str]) -> list[str]:
    writers: dict[str, dict[str, str]] = {}
    for distribution in distributions:
        for path, digest in _written(name, distribution):
            writers.setdefault(path, {})[distribution] = digest
    clashes = [w for w in writers.values() if len(set(w.values())) > 1]
    return sorted({distribution for w in clashes for distribution in w})


def _written(name: str, distribution: str) -> Iterator[tuple[str, str]]:
    """The paths below an import name that a distribution writes, and their digests."""
    try:
        listed = files(distribution) or []
    except PackageNotFoundError:
        return
    for file in listed:
        path = file.as_posix()
        inside = path.startswith(f"{name}/") or path == f"{name}.py"
        if inside and file.hash is not None:
            yield path, file.hash.value


def is_onedl(distribution: str) -> bool:
    """Whether a distribution is one of OneDL's."""
    return distribution.lower().startswith("onedl-")


def owner(found: dict[str, list[str]], module: str) -> str | None:
    """The distribution of one of :data:`USUAL`'s modules; the usual one where it is.

    Example:
        >>> owner({"mmcv": ["onedl-mmcv"]}, "mmcv")
        'onedl-mmcv'
    """
    there = found.get(module, [])
    usual = USUAL[module]
    return usual if usual in there else (there[0] if there else None)


def one_to_keep(found: dict[str, list[str]], module: str) -> str:
    """The one of two owners that fits the rest of the environment.

    OneDL's where another module of the stack is OneDL's alone; else what this package
    asks for, or the first.
    """
    several = found[module]
    alone = [found.get(name, []) for name in USUAL if name != module]
    onedl = [d for d in several if is_onedl(d)]
    if onedl and any(len(them) == 1 and is_onedl(them[0]) for them in alone):
        return onedl[0]
    usual = USUAL.get(module)
    return usual if usual in several else several[0]


def installed_versions() -> Callable[[str], str | None]:
    """A function from a distribution's name to its version, or None."""

    def lookup(name: str) -> str | None:
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    return lookup
