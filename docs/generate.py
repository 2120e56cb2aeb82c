"""Pages that are made whenever the site is built: results, command lines, reference.

Results come from ``benchmarks/results`` by the commands that anyone can type, command
lines from their parsers, the reference from docstrings.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "benchmarks" / "results"
WIDTH = "88"
"""Columns of the command lines' help."""


def pages(folder: Path) -> None:
    """Writes all of them; a file that would stay the same is left alone."""
    made = {f"results/{name}.md": text for name, text in results()}
    made |= {"command-lines.md": command_lines()}
    made |= {f"api/{room}.md": text for room, text in reference()}
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    for path in set(folder.rglob("*.md")) - {folder / name for name in made}:
        path.unlink()


def results() -> Iterator[tuple[str, str]]:
    """For each file of the store its name and its tables in Markdown."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    tables = importlib.import_module("tables")
    for path in sorted(STORE.glob("*.jsonl")):
        typed = [path.stem, "--format", "md"]
        command = f"python benchmarks/tables.py {' '.join(typed)}"
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = tables.main(typed)
        if code:
            raise RuntimeError(f"{command} ended with {code}")
        # Tables start at the third level, for README files; a page has a title.
        text = said.getvalue().replace("\n#### ", "\n## ").removeprefix("### ")
        yield path.stem, f"# {text}\n\n*Made by* `{command}`.\n"


def command_lines() -> str:
    """The help of every tool."""
    os.environ["COLUMNS"] = WIDTH
    parts = [
        "# Command lines",
        "`mim run ce_plugin TOOL ...` and `python -m ce_plugin.tools.TOOL ...` are the "
        "same; for `train` it is `mim train ce_plugin CONFIG ...`.",
    ]
    package = importlib.import_module("ce_plugin.tools")
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"ce_plugin.tools.{found.name}")
        if found.name.startswith("_") or not hasattr(module, "parse_args"):
            continue
        said = io.StringIO()
        argv, sys.argv = sys.argv, [f"{found.name}.py"]
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            module.parse_args(["--help"])
        sys.argv = argv
        parts.append(f"## {found.name}\n\n```text\n{said.getvalue()}```")
    return "\n\n".join(parts) + "\n"


def reference() -> Iterator[tuple[str, str]]:
    """For each room of the package its name and a page of all its modules."""
    package = importlib.import_module("ce_plugin")
    rooms = list(pkgutil.iter_modules(package.__path__))
    single = ["ce_plugin", *(f"ce_plugin.{r.name}" for r in rooms if not r.ispkg)]
    yield "ce_plugin", _page("ce_plugin", single)
    for room in rooms:
        if room.ispkg and room.name != "tools":
            name = f"ce_plugin.{room.name}"
            inside = pkgutil.walk_packages(
                importlib.import_module(name).__path__, f"{name}."
            )
            yield room.name, _page(name, [name, *(module.name for module in inside)])


def _page(title: str, modules: list[str]) -> str:
    parts = [f"# {title}"]
    for module in modules:
        if not module.rpartition(".")[2].startswith("_"):
            heading = "" if module == title else f"## {module}\n\n"
            parts.append(
                f"{heading}```{{eval-rst}}\n.. automodule:: {module}\n```",
            )
    return "\n\n".join(parts) + "\n"
