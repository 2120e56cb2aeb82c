"""Writes Caffe's NetParameter, byte by byte."""

import struct

import numpy as np

CONVS = {
    "conv1": (96, 3, 11),
    "conv2": (256, 48, 5),
    "conv3": (384, 256, 3),
    "conv4": (384, 192, 3),
    "conv5": (256, 192, 3),
}
OLD_TYPES = {"Convolution": 4, "InnerProduct": 14, "Deconvolution": 39, "ReLU": 18}


def varint(value):
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def blob(values, way="packed"):
    """A BlobProto in one of the ways there have been."""
    values = np.asarray(values)
    flat = values.ravel()
    if way == "old":
        # Always four sides; a bias is (1, 1, 1, n).
        sides = (1,) * (4 - values.ndim) + values.shape
        start = b"".join(number(i + 1, n) for i, n in enumerate(sides))
        return start + message(5, flat.astype("<f4").tobytes())
    if way == "one by one":
        shape = b"".join(number(1, n) for n in values.shape)
        data = b"".join(
            varint(5 << 3 | 5) + struct.pack("<f", v) for v in flat.tolist()
        )
        return data + message(7, shape)
    shape = message(7, message(1, b"".join(varint(n) for n in values.shape)))
    if way == "double":
        return message(8, flat.astype("<f8").tobytes()) + shape
    # Also with the gradients that a solver's file has.
    gradients = message(6, bytes(4 * len(flat))) if way == "gradients" else b""
    return message(5, flat.astype("<f4").tobytes()) + gradients + shape


def layer(name, kind, blobs=(), way="packed"):
    """A LayerParameter and its field in the net; ``way`` 'old' for V1."""
    written = [blob(values, way) for values in blobs]
    if way == "old":
        content = message(2, "bottom") + message(4, name) + number(5, OLD_TYPES[kind])
        content += b"".join(message(6, b) for b in written)
        return message(2, content)
    content = message(1, name) + message(2, kind) + message(3, "bottom")
    content += number(10, 1) + b"".join(message(7, b) for b in written)
    return message(100, content)


def net_parameter(layers, name="net"):
    return message(1, name) + b"".join(layers)


def caffenet(way="packed", seed=0):
    """The encoder's layers, with a few between them that have no weights."""
    rng, out = np.random.default_rng(seed), []
    for name, (c_out, c_in, k) in CONVS.items():
        weight = rng.normal(0, 0.01, (c_out, c_in, k, k)).astype(np.float32)
        bias = rng.normal(0, 0.1, c_out).astype(np.float32)
        out.append(layer(f"relu_{name}", "ReLU", way=way))
        out.append(layer(name, "Convolution", [weight, bias], way))
    return out
