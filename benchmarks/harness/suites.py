"""Finds suites by name."""

from __future__ import annotations

import dataclasses
import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

from ce_plugin.errors import InputError

from .suite import ROOT, Suite

FOLDER = ROOT / "benchmarks" / "suites"


def known_suites() -> list[str]:
    """Names of the suites that come with the project."""
    return sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))


def load_suite(
    name: str, classes: Sequence[str] | None = None, data_root: Path | None = None
) -> Suite:
    """The suite of that name, or of that file.

    Args:
        name: See :func:`known_suites`, or the path of a Python file that defines
            ``suite``.
        classes: Classes of the user's own data. The suite's file has ``for_classes``,
            which makes a suite for them; its results lie apart from the project's own,
            under the name of the data's folder.
        data_root: Folder of that data.

    Raises:
        InputError: No such suite, or one that takes no classes.
    """
    path = Path(name) if name.endswith(".py") else FOLDER / f"{name}.py"
    if not path.is_file():
        raise InputError(f"no suite {name}; known: {', '.join(known_suites())}")
    spec = importlib.util.spec_from_file_location(f"suite_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not isinstance(getattr(module, "suite", None), Suite):
        raise InputError(f"{path} has no suite: a Suite of that name, see {FOLDER}")
    if not classes:
        return module.suite
    if not hasattr(module, "for_classes"):
        raise InputError(f"{name} is about certain data; it takes no --classes")
    suite = module.for_classes(tuple(classes))
    folder = data_root.resolve().name if data_root else "own"
    return dataclasses.replace(suite, name=f"{suite.name}-{folder}")


def data_without_root(suite: Suite, work: Path) -> Path:
    """The data of a suite that needs no data root, made in ``work`` once and whole."""
    data = work / "data"
    if not data.is_dir():
        part = work / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        suite.without_root(part)
        part.replace(data)
    return data
