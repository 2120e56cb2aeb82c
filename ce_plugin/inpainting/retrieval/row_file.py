"""Rows of an array that is written piece by piece."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

CHUNK = 256
"""Pictures that are under way at once."""


class RowFile:
    """A ``.npy`` file of rows whose number shows at the end."""

    def __init__(self, path: Path, dtype: type, shape: tuple[int, ...] = ()) -> None:
        self.dtype, self.shape, self.count = np.dtype(dtype), shape, 0
        self.file = open(path, "wb")  # noqa: SIM115
        self._head()

    def _head(self) -> None:
        self.file.seek(0)
        head = dict(
            descr=np.lib.format.dtype_to_descr(self.dtype),
            fortran_order=False,
            shape=(self.count, *self.shape),
        )
        # numpy leaves room in it for the first axis to grow.
        np.lib.format.write_array_header_1_0(self.file, head)

    def add(self, rows: np.ndarray) -> None:
        if not self.count and not self.shape:
            self.shape = rows.shape[1:]
            self._head()
        self.file.write(np.ascontiguousarray(rows, self.dtype).tobytes())
        self.count += len(rows)

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, *_) -> None:
        self._head()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
