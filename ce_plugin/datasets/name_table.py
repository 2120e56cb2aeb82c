"""Millions of names in two arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

_BLOCK = 4096


class Names(Sequence):
    """A sequence of strings that takes their bytes and eight more each.

    A list of a million strings takes 100 MB, and each worker process copies it when it
    counts references to what it reads. Arrays are not copied, and those that are mapped
    from a file lie in memory once for all processes of a machine.

    Compares and adds like a list.

    Args:
        text: uint8, the names in UTF-8, one after the other.
        ends: int64 (N,), where each of them ends.
        positions: Which of the N, in order; None for all.

    Example:
        >>> names = Names.of(["a.jpg", "b/ä.jpg", "c.jpg"])
        >>> names[1], len(names[::2]), names.take([2, 0])
        ('b/ä.jpg', 2, ['c.jpg', 'a.jpg'])
    """

    def __init__(
        self, text: np.ndarray, ends: np.ndarray, positions: np.ndarray | None = None
    ) -> None:
        self.text, self.ends, self._positions = text, ends, positions

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """The same names, in the same order."""
        if isinstance(names, Names):
            return names
        text, ends, end = bytearray(), [], 0
        names = iter(names)
        # In blocks: a list of all the encoded names would double the memory.
        while block := [_encoded(name) for name in islice(names, _BLOCK)]:
            text += b"".join(block)
            lengths = np.fromiter(map(len, block), np.int64, len(block))
            ends.append(end + np.cumsum(lengths))
            end = len(text)
        joined = np.concatenate(ends) if ends else np.zeros(0, np.int64)
        return cls(np.frombuffer(text, np.uint8), joined)

    @property
    def positions(self) -> np.ndarray:
        """The place of each name among all, (len(self),)."""
        if self._positions is None:
            return np.arange(len(self.ends))
        return self._positions

    def position(self, number: int) -> int:
        """The place of one name among all."""
        return number if self._positions is None else int(self._positions[number])

    def take(self, numbers: Sequence[int] | np.ndarray) -> Names:
        """Some of the names; the text is shared."""
        numbers = np.asarray(numbers, None if len(numbers) else np.int64)
        if self._positions is not None:
            numbers = self._positions[numbers]
        return Names(self.text, self.ends, numbers)

    def map(self, function: Callable[[bytes], int], dtype: type) -> np.ndarray:
        """``function`` of the bytes of each name, as an array."""
        return np.fromiter(map(function, self._bytes()), dtype, len(self))

    def __len__(self) -> int:
        return len(self.ends if self._positions is None else self._positions)

    def __getitem__(self, item: int | slice) -> str | Names:
        if isinstance(item, slice):
            if self._positions is not None:
                return Names(self.text, self.ends, self._positions[item])
            return self.take(np.arange(*item.indices(len(self))))
        if not -len(self) <= item < len(self):
            raise IndexError(f"name {item} of {len(self)}")
        position = self.position(item % len(self))
        start = self.ends[position - 1] if position else 0
        return _decoded(self.text[start : self.ends[position]].tobytes())

    def __iter__(self) -> Iterator[str]:
        return map(_decoded, self._bytes())

    def _bytes(self) -> Iterator[bytes]:
        for first in range(0, len(self), _BLOCK):
            last = min(first + _BLOCK, len(self))
            if self._positions is None:
                places = np.arange(first, last)
            else:
                places = self._positions[first:last].astype(np.int64)
            starts = np.where(places > 0, self.ends[places - 1], 0)
            for start, end in zip(starts.tolist(), self.ends[places].tolist()):
                yield self.text[start:end].tobytes()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other))

    __hash__ = None

    def __add__(self, other: Sequence[str]) -> list[str]:
        return [*self, *other]

    def __repr__(self) -> str:
        return repr([*self])


def fingerprint(names: Names, sizes: np.ndarray) -> str:
    """16 hexadecimal digits that follow from the names, their order and the sizes."""
    digest = hashlib.blake2b(digest_size=8)
    for first in range(0, len(names), _BLOCK):
        part = zip(names[first : first + _BLOCK], sizes[first : first + _BLOCK])
        digest.update(b"".join(_encoded(f"{name}\0{size}\n") for name, size in part))
    return digest.hexdigest()


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
