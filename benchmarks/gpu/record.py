"""What a stage has found: written at once, item by item."""

from __future__ import annotations

import argparse
import gc
import json
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ce_plugin.files import write_atomic

DONE, FAILED, NOT_REACHED, NOT_HERE = "done", "failed", "not reached", "not here"


class NotHere(Exception):
    """Something cannot be found out on this device; the message says why."""


class Record:
    """Items of a stage in one JSON file, which is whole after each of them.

    Args:
        path: JSON file to write.
        seconds: Time of the stage; no item is begun that would end later.

    An item is a dict with ``status`` and ``seconds``, and what it found or ``error``.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        self.ends = time.monotonic() + seconds
        self.items: dict[str, dict[str, Any]] = {}
        self._write()

    @property
    def left(self) -> float:
        """Seconds."""
        return self.ends - time.monotonic()

    def add(
        self, name: str, find: Callable[[], dict[str, Any]], least: float = 0
    ) -> dict[str, Any]:
        """Finds out one thing; an error is noted and ends nothing.

        Args:
            name: Name of the item.
            find: Gives plain values; a ``status`` among them counts.
            least: Seconds that it takes; it is passed over where fewer are left.

        Returns:
            The item.
        """
        began = time.monotonic()
        if self.left < least:
            item = dict(status=NOT_REACHED)
        else:
            try:
                item = dict(status=DONE) | find()
            except NotHere as error:
                item = dict(status=NOT_HERE, reason=str(error))
            except Exception as error:
                traceback.print_exc()
                lines = f"{type(error).__name__}: {error}".strip().splitlines()
                item = dict(status=FAILED, error=lines[0][:400])
        item["seconds"] = round(time.monotonic() - began, 2)
        print(f"{self.path.stem}: {name}: {item}", flush=True)
        self.items[name] = item
        self._write()
        # What one item held is not in the way of the next.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return item

    def _write(self) -> None:
        write_atomic(self.path, json.dumps(self.items, indent=1) + "\n")


def arguments(description: str) -> argparse.Namespace:
    """What every stage is told: by run.py, or by hand."""
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of the JSON files")
    add("--work", type=Path, required=True, help="folder for all else")
    add("--seconds", type=float, required=True)
    add("--device", default="cuda")
    add("--tiny", action="store_true", help="sizes that a test can wait for")
    add("--pictures", type=Path, help="a VOCdevkit")
    return parser.parse_args()


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The items of a stage; none where it has not run."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
