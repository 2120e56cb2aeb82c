"""Writes Torch7's binary format, as its documentation and sources describe it."""

import struct

import numpy as np

ELEMENTS = {"Float": "<f4", "Double": "<f8", "Cuda": "<f4", "Long": "<i8"}


class Obj:
    """An object of a Torch class."""

    def __init__(self, name, **fields):
        self.name, self.fields = name, fields


class Storage:
    def __init__(self, values, element="Float"):
        self.values = np.ascontiguousarray(values, ELEMENTS[element])
        self.element = element


class Tensor:
    """A view of a storage; ``size`` and ``stride`` in values, ``offset`` from 0."""

    def __init__(self, storage, size, stride=None, offset=0):
        self.storage, self.size, self.offset = storage, tuple(size), offset
        steps = [int(np.prod(self.size[i + 1 :])) for i in range(len(self.size))]
        self.stride = tuple(steps if stride is None else stride)


class Function:
    """Bytecode, with what it holds on to."""

    def __init__(self, kind=8, code=b"\x1bLJ code", upvalues=None):
        self.kind, self.code, self.upvalues = kind, code, upvalues or {}


def tensor(values, element="Float"):
    values = np.asarray(values)
    return Tensor(Storage(values.ravel(), element), values.shape)


class Writer:
    def __init__(self, version=b"V 1"):
        self.out, self.seen, self.kept, self.version = bytearray(), {}, [], version

    def pack(self, form, *values):
        self.out += struct.pack("<" + form, *values)

    def string(self, text):
        text = text if isinstance(text, bytes) else text.encode()
        self.pack("i", len(text))
        self.out += text

    def new(self, value):
        """Writes the index; whether the object itself has to follow."""
        known = id(value) in self.seen
        index = self.seen.setdefault(id(value), len(self.seen) + 1)
        self.kept.append(value)
        self.pack("i", index)
        return not known

    def torch(self, value, name):
        self.pack("i", 4)
        if not self.new(value):
            return False
        if self.version:
            self.string(self.version)
        self.string(name)
        return True

    def write(self, value):
        if value is None:
            self.pack("i", 0)
        elif isinstance(value, bool):
            self.pack("ii", 5, value)
        elif isinstance(value, int | float):
            self.pack("id", 1, value)
        elif isinstance(value, str):
            self.pack("i", 2)
            self.string(value)
        elif isinstance(value, list):
            # A list's own id would do, but it becomes another table.
            self.table(value, dict(enumerate(value, 1)))
        elif isinstance(value, dict):
            self.table(value, value)
        elif isinstance(value, Function):
            self.pack("i", value.kind)
            if value.kind == 6 or self.new(value):
                self.string(value.code)
                self.write(value.upvalues)
        elif isinstance(value, Obj):
            if self.torch(value, value.name):
                self.write(value.fields)
        elif isinstance(value, Storage):
            if self.torch(value, f"torch.{value.element}Storage"):
                self.pack("q", len(value.values))
                self.out += value.values.tobytes()
        elif isinstance(value, Tensor):
            element = value.storage.element if value.storage else "Float"
            if self.torch(value, f"torch.{element}Tensor"):
                self.pack("i", len(value.size))
                self.pack(f"{len(value.size)}q", *value.size)
                self.pack(f"{len(value.stride)}q", *value.stride)
                self.pack("q", value.offset + 1)
                self.write(value.storage)
        else:
            raise TypeError(type(value))

    def table(self, key, items):
        self.pack("i", 3)
        if self.new(key):
            self.pack("i", len(items))
            for name, item in items.items():
                self.write(name)
                self.write(item)


def dumps(value, version=b"V 1"):
    writer = Writer(version)
    writer.write(value)
    return bytes(writer.out)
