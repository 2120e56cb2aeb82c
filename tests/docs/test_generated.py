"""Pages made when the site is built: from the store, parsers and docstrings."""

import importlib
import pkgutil
import re
import sys

import pytest
from runs import ROOT

import ce_plugin


@pytest.fixture(scope="module")
def generate():
    sys.path.insert(0, str(ROOT / "docs"))
    yield importlib.import_module("generate")
    sys.path.remove(str(ROOT / "docs"))


@pytest.fixture(scope="module")
def tables(generate):
    return dict(generate.results())


@pytest.mark.slow
def test_every_file_of_the_store_has_a_page(tables):
    store = ROOT / "benchmarks" / "results"
    assert set(tables) == {path.stem for path in store.glob("*.jsonl")}
    assert len(tables) >= 5
    for name, page in tables.items():
        assert page.startswith("# ") and name in page.rpartition("*Made by*")[2]
        assert len(re.findall(r"^\| ", page, re.MULTILINE)) >= 5, name


@pytest.mark.slow
@pytest.mark.parametrize("suite", ["voc320_cpu", "camvid_labels"])
def test_suites_that_are_written_of_are_complete(tables, suite):
    page = tables[suite]
    runs, left = re.search(r"\*\*(\d+) of \1 runs done, 0 failed, (\d+)", page).groups()
    assert int(runs) > 100 and left == "0"
    parts = re.split(r"^## ", page, flags=re.MULTILINE)
    wanted = [p for p in parts if p.startswith(("Results", "Difference to random"))]
    assert len(wanted) == 2
    for part in wanted:
        assert len(re.findall(r"^\|", part, re.MULTILINE)) >= 10


@pytest.mark.slow
def test_transfer_has_three_seeds(tables):
    three = r"^\| .* \((?:[+-][\d.]+(?:, )?){3}\) \| [\d.]+ \|$"
    rows = re.findall(three, tables["transfer"], re.MULTILINE)
    assert len(rows) == 9


@pytest.mark.slow
@pytest.mark.parametrize("masks", ["center", "region"])
def test_tables_of_fillers(tables, masks):
    parts = re.split(r"^## ", tables["inpainting"], flags=re.MULTILINE)
    lines = "".join(part for part in parts if part.startswith(f"voc, {masks}:"))
    assert lines.count("\n| PatchMatch ") == 9 and lines.count(" less from ") == 8


def test_every_tool_is_on_the_page_of_command_lines(generate):
    page = generate.command_lines()
    tools = [path.stem for path in (ROOT / "ce_plugin" / "tools").glob("[a-z]*.py")]
    with_parser = [
        name
        for name in tools
        if hasattr(importlib.import_module(f"ce_plugin.tools.{name}"), "parse_args")
    ]
    assert len(with_parser) >= 14
    for name in with_parser:
        assert f"## {name}\n\n```text\nusage: {name}.py" in page


def test_every_module_is_in_the_reference_once(generate):
    pages = dict(generate.reference())
    shown = re.findall(r"automodule:: (\S+)", "".join(pages.values()))
    every = [m.name for m in pkgutil.walk_packages(ce_plugin.__path__, "ce_plugin.")]
    wanted = [
        name
        for name in every
        if ".tools" not in name and not name.rpartition(".")[2].startswith("_")
    ]
    assert sorted(shown) == sorted(["ce_plugin", *wanted])


def test_old_pages_go_and_what_is_the_same_stays(generate, monkeypatch, tmp_path):
    monkeypatch.setattr(generate, "results", lambda: [("a", "# A\n")])
    monkeypatch.setattr(generate, "command_lines", lambda: "# Tools\n")
    monkeypatch.setattr(generate, "reference", lambda: [("masks", "# masks\n")])
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "old.md").write_text("# Old\n")
    generate.pages(tmp_path)
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    assert made == {"results/a.md", "command-lines.md", "api/masks.md"}
    before = (tmp_path / "results" / "a.md").stat().st_mtime_ns
    generate.pages(tmp_path)
    assert (tmp_path / "results" / "a.md").stat().st_mtime_ns == before
