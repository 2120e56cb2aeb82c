"""Pages that add a part, followed to the letter in a copy of the checkout."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runs import ROOT, make_photos

FENCE = "```(?:python|yaml)\n"


@dataclass(frozen=True)
class Page:
    """What a page says.

    Attributes:
        text: All of it.
        blocks: What goes where, by the first comment of a block: a path alone for a new
            file; ``PATH, one line more``, ``PATH, at its end``, or ``PATH, in NAME``
            for the first entries of a list or dict.
        commands: Of the shell, in order.
    """

    text: str
    blocks: dict[str, str]
    commands: list[str]

    @classmethod
    def read(cls, name: str) -> "Page":
        text = (ROOT / "docs" / f"{name}.md").read_text()
        blocks = dict(re.findall(rf"{FENCE}# (.*?)\n(.*?)```", text, re.DOTALL))
        commands = re.findall(r"```sh\n(.*?)\n```", text, re.DOTALL)
        assert len(blocks) == len(re.findall(FENCE, text))
        assert len(commands) == len(re.findall("```sh", text))
        return cls(text, blocks, commands)

    def command(self, word: str) -> list[str]:
        """The only command with ``word``."""
        (found,) = (line for line in self.commands if word in line)
        return shlex.split(found)

    def checkout(self, folder: Path) -> Path:
        """A copy of the checkout with the page's blocks where they say, and photos."""
        leave = shutil.ignore_patterns("__pycache__", "*.jsonl", "*.pth")
        for name in ("ce_plugin", "configs", "benchmarks", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=leave)
        for name in ("pyproject.toml", "README.md", "model-index.yml"):
            shutil.copy(ROOT / name, folder / name)
        for where, block in self.blocks.items():
            name, _, how = where.partition(", ")
            put(folder / name, how, block)
        make_photos(folder / "photos", count=8)
        return folder


def put(path: Path, how: str, block: str) -> None:
    """Writes a block to where it belongs."""
    if not how:
        assert not path.exists()
        path.write_text(block)
    elif how.startswith("in "):
        begin = rf"^{how.removeprefix('in ')} = [\[{{]\n"
        text, count = re.subn(
            begin, lambda found: found[0] + block, path.read_text(), flags=re.MULTILINE
        )
        assert count == 1
        path.write_text(text)
    else:
        assert how in ("one line more", "at its end")
        path.write_text(path.read_text() + block)


def start(command: list[str], folder: Path, path: Path) -> str:
    """Runs a command of a page; what it said."""
    done = subprocess.run(
        [sys.executable if part == "python" else part for part in command],
        capture_output=True,
        text=True,
        cwd=folder,
        env=dict(os.environ, PYTHONPATH=str(path), OMP_NUM_THREADS="1"),
        timeout=800,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    return said


def passed(said: str) -> int:
    """How many tests a run of pytest has passed."""
    return int(re.search(r"(\d+) passed", said)[1])
