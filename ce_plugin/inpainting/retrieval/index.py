"""The index of a collection of pictures, on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ce_plugin.console import track

from .row_file import CHUNK, RowFile

MOST_FEATURES = 16
"""So many holes' encoder features are kept; the one unused for longest goes first."""


@dataclass(frozen=True)
class Index:
    """The index of a collection.

    Attributes:
        folder: Folder of the index.
        root: Folder that the names are relative to.
        names: Names of the readable pictures, N.
        thumbnails: (N, 128, 128, 3) uint8, squashed; mapped, not read.
        gradients: (N, 15, 15, 36) float16; mapped, not read.
        unreadable: Reasons by name.
        marks: Size in bytes and time of change in ns by name.
    """

    folder: Path
    root: str
    names: list[str]
    thumbnails: np.ndarray
    gradients: np.ndarray
    unreadable: dict[str, str]
    marks: dict[str, tuple[int, int]]

    def __len__(self) -> int:
        return len(self.names)

    def path(self, row: int) -> str:
        """The picture's file."""
        return os.path.abspath(os.path.join(self.root, self.names[row]))

    def features(
        self, key: str, compute: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """Descriptors of all pictures, computed on the first request and then kept.

        Args:
            key: A name for the encoder and the hole.
            compute: From (B, 128, 128, 3) thumbnails to (B, D) descriptors.

        Returns:
            (N, D) float16, mapped.
        """
        path = self.folder / "features" / f"{key}.npy"
        try:
            found = np.load(path, mmap_mode="r")
            os.utime(path)
            return found
        except FileNotFoundError:
            path.parent.mkdir(exist_ok=True)
        part = path.with_name(f".{key}.{os.getpid()}.part")
        starts = range(0, len(self), CHUNK)
        try:
            with RowFile(part, np.float16) as rows:
                for start in track(starts, "describing the collection", len(starts)):
                    rows.add(compute(self.thumbnails[start : start + CHUNK]))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        kept = sorted(path.parent.glob("*.npy"), key=lambda p: -p.stat().st_mtime_ns)
        for old in kept[MOST_FEATURES:]:
            old.unlink(missing_ok=True)
        return np.load(path, mmap_mode="r")
