"""The rules of the house that ``lint-imports`` does not know: names and lengths."""

import ast
import statistics

import pytest
from runs import ROOT

PACKAGE = ROOT / "ce_plugin"
FILES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
LONGEST, MEDIAN, LONGEST_TOOL = 300, 120, 110


def lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def private(name):
    return name.startswith("_") and not name.startswith("__")


@pytest.mark.parametrize("folder", ["ce_plugin", "benchmarks", "tests"])
def test_files_are_short(folder):
    found = {path: lines(path) for path in (ROOT / folder).rglob("*.py")}
    assert not [f"{path}: {n}" for path, n in found.items() if n > LONGEST]
    assert statistics.median(found.values()) < MEDIAN


def test_tools_are_thin():
    """An argument parser, one call and what is printed; the rest is in a room."""
    tools = {path.name: lines(path) for path in (PACKAGE / "tools").glob("*.py")}
    assert len(tools) > 10
    assert not {name: n for name, n in tools.items() if n > LONGEST_TOOL}


def test_private_modules_stay_in_their_room():
    wrong = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = f"{node.module}".split(".")
                wrong += [f"{path}: {node.module}" for n in names if private(n)]
    assert not [text for text in wrong if "ce_plugin" in text.partition(": ")[2]]


def test_every_folder_is_a_package_that_says_what_is_in_it():
    for folder in {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}:
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), folder
