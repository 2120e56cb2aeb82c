"""Caffe's weight files (``.caffemodel``), read without Caffe.

They are one protocol buffer message, NetParameter. Of the format and of the message
only what carries weights is known here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ce_plugin.errors import InputError

from .memory_map import map_file, printable

VARINT, EIGHT_BYTES, MESSAGE, FOUR_BYTES = 0, 1, 2, 5
MAX_DIMENSIONS = 8

# Numbers of fields. Nets have been kept in two ways: in `layer` since 2014, in `layers`
# before, where the type is a number.
LAYER, OLD_LAYER = 100, 2
LAYER_NAME, LAYER_TYPE, LAYER_BLOBS = 1, 2, 7
OLD_NAME, OLD_TYPE, OLD_BLOBS = 4, 5, 6
OLD_TYPES = {4: "Convolution", 14: "InnerProduct", 39: "Deconvolution"}
BLOB_SIDES, BLOB_DATA, BLOB_SHAPE, BLOB_DOUBLES = (1, 2, 3, 4), 5, 7, 8
SHAPE_SIDES = 1


@dataclass
class CaffeLayer:
    """A layer that has weights: its name, type and blobs (weight, then bias)."""

    name: str
    type: str
    blobs: list[np.ndarray]


def is_caffemodel(head: bytes) -> bool:
    """Whether a file that starts with ``head`` may be a NetParameter.

    Such files have no mark; they start with the net's name, an input or a layer.
    """
    return head.startswith((b"\x0a", b"\x12", b"\x1a", b"\xa2\x06"))


def read_caffemodel(path: str | Path) -> list[CaffeLayer]:
    """The layers with weights of a Caffe net, in the file's order.

    Args:
        path: A binary ``.caffemodel``.

    Returns:
        Layers; blobs have Caffe's shapes, which are PyTorch's: convolution (out,
        in / groups, h, w), deconvolution (in, out / groups, h, w).

    Raises:
        InputError: No such file, not whole, or not of this format.
    """
    try:
        found = [_layer(number, value) for number, value in _layers(path)]
    except _Damage as error:
        raise InputError(
            f"{path} is no binary caffemodel, or not whole: {error}"
        ) from error
    return [layer for layer in found if layer.blobs]


class _Damage(ValueError):
    pass


def _layers(path: str | Path) -> Iterator[tuple[int, memoryview]]:
    for number, wire, value in _fields(memoryview(map_file(path))):
        if number in (LAYER, OLD_LAYER) and wire == MESSAGE:
            yield number, value


def _fields(data: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Number, wire type and value of each field of a message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == MESSAGE:
            size, at = _varint(data, at)
        elif wire in (EIGHT_BYTES, FOUR_BYTES):
            size = 8 if wire == EIGHT_BYTES else 4
        else:
            raise _Damage(f"no such wire type as {wire}")
        if size > len(data) - at:
            raise _Damage(f"{size} bytes are said to follow, {len(data) - at} do")
        yield number, wire, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for i in range(10):
        if at + i >= len(data):
            raise _Damage("it ends within a number")
        value |= (data[at + i] & 0x7F) << (7 * i)
        if data[at + i] < 0x80:
            return value, at + i + 1
    raise _Damage("a number of more than 64 bits")


def _layer(number: int, data: memoryview) -> CaffeLayer:
    names = (LAYER_NAME, LAYER_TYPE, LAYER_BLOBS)
    if number == OLD_LAYER:
        names = (OLD_NAME, OLD_TYPE, OLD_BLOBS)
    layer = CaffeLayer("", "", [])
    for field, wire, value in _fields(data):
        if field == names[2] and wire == MESSAGE:
            layer.blobs.append(_blob(value))
        elif field == names[0] and wire == MESSAGE:
            layer.name = printable(bytes(value[:99]).decode("utf-8", "replace"))
        elif field == names[1] and wire == MESSAGE:
            layer.type = bytes(value).decode("utf-8", "replace")
        elif field == names[1] and wire == VARINT:
            layer.type = OLD_TYPES.get(value, str(value))
    return layer


def _blob(data: memoryview) -> np.ndarray:
    sides, shape, pieces = {}, None, []
    for field, wire, value in _fields(data):
        if field in (BLOB_DATA, BLOB_DOUBLES) and wire != VARINT:
            # Packed or one by one; both are valid.
            dtype = np.dtype("<f4" if field == BLOB_DATA else "<f8")
            if len(value) % dtype.itemsize:
                raise _Damage("a blob ends within a value")
            pieces.append(np.frombuffer(value, dtype))
        elif field == BLOB_SHAPE and wire == MESSAGE:
            shape = _shape(value)
        elif field in BLOB_SIDES and wire == VARINT:
            sides[field] = value
    values = np.concatenate(pieces) if len(pieces) > 1 else [*pieces, np.empty(0)][0]
    if shape is None:
        shape = [sides.get(i, 0) for i in BLOB_SIDES] if sides else [len(values)]
    if len(shape) > MAX_DIMENSIONS or math.prod(shape) != len(values):
        raise _Damage(f"a blob of shape {shape[:9]} with {len(values)} values")
    return values.reshape(shape)


def _shape(data: memoryview) -> list[int]:
    shape = []
    for field, wire, value in _fields(data):
        if field == SHAPE_SIDES and wire == VARINT:
            shape.append(value)
        elif field == SHAPE_SIDES and wire == MESSAGE:
            at = 0
            while at < len(value):
                side, at = _varint(value, at)
                shape.append(side)
    return shape


def is_other_caffe(head: bytes) -> str | None:
    """The kind of a Caffe file without weights, None for other files."""
    if head.startswith(b"\x89HDF"):
        return "an HDF5 file; save the net as a binary caffemodel"
    if head.lstrip()[:5] in (b"name:", b"layer", b"input"):
        return "a prototxt, which has no weights; give the caffemodel"
    return None
