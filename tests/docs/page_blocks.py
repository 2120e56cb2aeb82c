"""The README and the site's pages, and the commands and blocks that stand in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from runs import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"<!-- (run by|not run:) ((?:(?!-->).)+) -->\s*\Z", re.DOTALL)
_PAGE_MARK = re.compile(r"\A# .*\n\n<!-- all run by (\S+) -->\n")
# What begins a command that is looked at, in a block or between backticks.
COMMAND = re.compile(
    r"(mim (run|train) |python3? -m ce_plugin|python3? (benchmarks|examples)/|make )"
)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: Path from the checkout on.
        language: What stands behind the fence.
        text: Its content.
        run_by: The test that runs it, where a comment before it names one.
        why_not: Why nothing runs it, likewise.
    """

    page: str
    language: str
    text: str
    run_by: str = ""
    why_not: str = ""

    @property
    def here(self) -> bool:
        """Whether the tests of this folder run it."""
        return not self.run_by and not self.why_not


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page in order, with what the comments say of them."""
    text, found = page.read_text(), []
    whole = _PAGE_MARK.match(text)
    for match in _FENCE.finditer(text):
        mark = _MARK.search(text[: match.start()])
        run_by = whole[1] if whole else ""
        why_not = ""
        if mark and mark[1] == "run by":
            run_by = mark[2]
        elif mark and mark[1] == "not run:":
            why_not = mark[2]
        name = page.relative_to(ROOT).as_posix()
        found.append(Block(name, match[1], match[2], run_by, why_not))
    return found


ALL = [block for page in PAGES for block in blocks(page)]
SHELL = [block for block in ALL if block.language in ("bash", "sh")]
PYTHON = [block for block in ALL if block.language == "python"]


def commands(page: Path) -> list[list[str]]:
    """Every command of a page, in blocks and between backticks, in words."""
    text = page.read_text()
    lines = [
        line.strip()
        for block in blocks(page)
        if block.language in ("bash", "sh")
        for line in block.text.replace("\\\n", " ").splitlines()
    ]
    prose = _FENCE.sub("", text).replace("\n", " ")
    spans = re.findall(r"(?<!`)`([^`]+)`(?!`)", prose)
    lines += [span for span in spans if COMMAND.match(span)]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line for line in words if line]
