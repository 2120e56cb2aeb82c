"""Torch7's binary files (``.t7``), read without Torch and without running anything."""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ce_plugin.errors import InputError

from .memory_map import map_file

NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = range(6)
FUNCTION, LEGACY_FUNCTION, RECURSIVE_FUNCTION = 6, 7, 8

# Networks nest a few tables deep. Deeper is no network, and would exhaust the stack.
MAX_DEPTH = 100
MAX_DIMENSIONS = 8

_ELEMENTS = {
    "Byte": "<u1",
    "Char": "<i1",
    "Short": "<i2",
    "Int": "<i4",
    "Long": "<i8",
    "Half": "<f2",
    "Float": "<f4",
    "Double": "<f8",
}
# A CudaTensor without a further word is one of floats.
DTYPES = {
    "Cuda": "<f4",
    **_ELEMENTS,
    **{f"Cuda{name}": dtype for name, dtype in _ELEMENTS.items()},
}


@dataclass
class TorchObject:
    """An object of a Torch class: its name (``nn.Sequential``) and its fields."""

    name: str
    fields: dict = field(default_factory=dict)


@dataclass
class TorchTensor:
    """A view of a storage, read on demand."""

    storage: np.ndarray | None
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    def array(self) -> np.ndarray:
        """The values, as a read-only view of the file.

        Raises:
            InputError: The tensor reaches out of its storage.
        """
        if not self.size:
            # Torch7 has no scalars: no dimensions, no values.
            return np.empty(0, np.float32)
        held = 0 if self.storage is None else len(self.storage)
        count = math.prod(self.size)
        steps = zip(self.size, self.stride)
        last = self.offset + sum((n - 1) * step for n, step in steps)
        negative = min((self.offset, *self.size, *self.stride)) < 0
        # No more elements than the storage has: a step of 0 would let a file of a few
        # bytes stand for any amount of memory.
        if negative or (count and (last >= held or count > held)):
            raise InputError(
                f"a tensor of size {self.size} reaches out of its storage of {held} "
                "values; the file is damaged"
            )
        if not count:
            return np.empty(0, np.float32)
        width = self.storage.itemsize
        return np.lib.stride_tricks.as_strided(
            self.storage[self.offset :],
            self.size,
            # A side of 1 is never stepped along; its step may be any number.
            [s * width if n > 1 else 0 for n, s in zip(self.size, self.stride)],
            writeable=False,
        )


def is_torch7(head: bytes) -> bool:
    """Whether a file that starts with ``head`` holds a Torch object or a table."""
    return head[:4] in (struct.pack("<i", TORCH), struct.pack("<i", TABLE))


def read_torch7(path: str | Path) -> Any:
    """The object in a Torch7 file, as plain Python.

    Numbers are float, strings str, tables dict, tensors :class:`TorchTensor`, other
    objects :class:`TorchObject` with the fields that were saved. What a file holds
    twice is one object here, too. Functions are Lua bytecode: they are passed over, and
    None stands for them.

    Args:
        path: A file that ``torch.save`` of Torch7 wrote in its (default) binary format
            on a little-endian 64-bit machine.

    Returns:
        The object; tensors are views of the file, which stays mapped as long.

    Raises:
        InputError: No such file, not whole, or not of this format.
    """
    return _Reader(map_file(path), path).object()


class _Reader:
    def __init__(self, data: mmap.mmap, path: str | Path) -> None:
        self.data, self.path, self.at = data, path, 0
        self.seen: dict[int, Any] = {}

    def take(self, count: int) -> int:
        """The position of the next ``count`` bytes; moves past them."""
        start = self.at
        if not 0 <= count <= len(self.data) - start:
            raise InputError(
                f"{self.path} is not whole: {count} bytes are said to follow byte "
                f"{start} of {len(self.data)}"
            )
        self.at = start + count
        return start

    def integer(self) -> int:
        return struct.unpack_from("<i", self.data, self.take(4))[0]

    def long(self) -> int:
        return struct.unpack_from("<q", self.data, self.take(8))[0]

    def string(self) -> str:
        count = self.integer()
        start = self.take(count)
        return self.data[start : start + count].decode("utf-8", "replace")

    def object(self, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise InputError(f"{self.path} nests {depth} deep, as no network does")
        kind = self.integer()
        if kind == NIL:
            return None
        if kind == NUMBER:
            return struct.unpack_from("<d", self.data, self.take(8))[0]
        if kind == BOOLEAN:
            return self.integer() == 1
        if kind == STRING:
            return self.string()
        if kind == FUNCTION:
            return self.function(depth)
        if kind not in (TABLE, TORCH, LEGACY_FUNCTION, RECURSIVE_FUNCTION):
            raise InputError(
                f"{self.path} is no binary Torch7 file: no such type as {kind} "
                f"(byte {self.at - 4})"
            )
        index = self.integer()
        if index in self.seen:
            return self.seen[index]
        if kind == TABLE:
            return self.table(index, depth)
        if kind == TORCH:
            return self.torch(index, depth)
        self.seen[index] = None
        return self.function(depth)

    def function(self, depth: int) -> None:
        self.take(self.integer())
        self.object(depth + 1)

    def table(self, index: int, depth: int) -> dict:
        table = self.seen[index] = {}
        for _ in range(self.integer()):
            key, value = self.object(depth + 1), self.object(depth + 1)
            # Lua takes tables and tensors as keys; no network of interest does.
            if isinstance(key, str | float | bool):
                table[key] = value
        return table

    def torch(self, index: int, depth: int) -> TorchObject | TorchTensor | np.ndarray:
        name = self.string()
        if name.startswith("V "):
            # Files from before versions start with the class.
            name = self.string()
        if name.startswith("torch."):
            kind = name.removeprefix("torch.")
            for suffix, read in dict(Tensor=self.tensor, Storage=self.storage).items():
                element = kind.removesuffix(suffix)
                if element != kind and element in DTYPES:
                    self.seen[index] = read(np.dtype(DTYPES[element]), depth)
                    return self.seen[index]
            raise InputError(f"{self.path} holds a {name!r:.60}, which is not read")
        found = self.seen[index] = TorchObject(name)
        fields = self.object(depth + 1)
        if not isinstance(fields, dict):
            raise InputError(f"{self.path} is damaged: a {name!r:.60} without fields")
        found.fields = fields
        return found

    def tensor(self, dtype: np.dtype, depth: int) -> TorchTensor:
        dimensions = self.integer()
        if not 0 <= dimensions <= MAX_DIMENSIONS:
            raise InputError(
                f"{self.path} is damaged: a tensor of {dimensions} dimensions"
            )
        size = tuple(self.long() for _ in range(dimensions))
        stride = tuple(self.long() for _ in range(dimensions))
        offset = self.long() - 1
        storage = self.object(depth + 1)
        if storage is not None and getattr(storage, "dtype", None) != dtype:
            raise InputError(f"{self.path} is damaged: a tensor without its storage")
        return TorchTensor(storage, size, stride, offset)

    def storage(self, dtype: np.dtype, depth: int) -> np.ndarray:
        count = self.long()
        start = self.take(count * dtype.itemsize)
        return np.frombuffer(self.data, dtype, count, start)
