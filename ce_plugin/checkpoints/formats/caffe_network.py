"""The authors' feature network, from Caffe's layers to our names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ce_plugin.checkpoints.load.validate import check_state_dict
from ce_plugin.errors import InputError

from .caffemodel import CaffeLayer

PICTURES = dict(mean=[104.0, 117.0, 123.0], std=[1.0] * 3)
# CaffeNet: weights are (out, in / groups, h, w).
CONVS = {
    "conv1": (96, 3, 11, 11),
    "conv2": (256, 48, 5, 5),
    "conv3": (384, 256, 3, 3),
    "conv4": (384, 192, 3, 3),
    "conv5": (256, 192, 3, 3),
}
# The pool-free variant has convolutions in these places.
POOLS = {name: (c, c, 3, 3) for name, c in dict(pool1=96, pool2=256, pool5=256).items()}
CHANNELS, SIDE = 256, 6


@dataclass(frozen=True)
class FeatureNetwork:
    """A recognised Caffe network, under this package's names.

    Attributes:
        state_dict: ``backbone.``, ``bottleneck.`` and ``decoder.`` tensors.
        backbone: Config of the encoder.
        model: Config of the Context Encoder; None where the file has no decoder.
        left_over: Names of layers that are not part of it.
    """

    state_dict: dict[str, Tensor]
    backbone: dict
    model: dict | None
    left_over: list[str]


def convert_caffe(layers: Sequence[CaffeLayer]) -> FeatureNetwork:
    """conv1 to conv5, and the layers behind them where they are the paper's.

    Channels stay blue, green, red. The channel-wise layer is recognised as the grouped
    convolution that the authors used (9216 outputs of one 6x6 map each), the mixing one
    as a 1x1 convolution, the decoder as a chain of deconvolutions from 256 channels
    to 3.

    Args:
        layers: As :func:`~ce_plugin.checkpoints.formats.caffemodel.read_caffemodel`
            returns them.

    Raises:
        InputError: conv1 to conv5 are not CaffeNet's.
    """
    named: dict[str, CaffeLayer] = {}
    for layer in layers:
        if layer.name in named:
            raise InputError(f"two layers are named {layer.name!r:.60}")
        named[layer.name] = layer

    state: dict[str, Tensor] = {}
    given = {
        f"{name}.{part}": value
        for name in CONVS
        if name in named
        for part, value in _parts(named.pop(name)).items()
    }
    expected = {}
    for name, shape in CONVS.items():
        expected[f"{name}.weight"] = torch.empty(shape, device="meta")
        expected[f"{name}.bias"] = torch.empty(shape[:1], device="meta")
    check_state_dict(expected, given, "CaffeNet")
    state |= {f"backbone.{key}": value for key, value in given.items()}

    backbone = dict(type="CaffeNet", out_indices=["pool5"])
    if all(_is(named.get(name), shape) for name, shape in POOLS.items()):
        backbone["pool"] = "conv"
        for name in POOLS:
            _take(state, named, name, f"backbone.{name}.0")

    bottleneck = _bottleneck(state, named)
    decoder = _decoder(state, named) if bottleneck else None
    for key, value in state.items():
        if not torch.isfinite(value).all():
            raise InputError(f"{key} holds values that are not finite")
    preprocessor = dict(
        type="InpaintingPreprocessor", **PICTURES, bgr=True, fill="mean"
    )
    model = dict(
        type="ContextEncoder",
        data_preprocessor=preprocessor,
        backbone=backbone,
        bottleneck=bottleneck,
        decoder=decoder,
    )
    return FeatureNetwork(state, backbone, model if decoder else None, [*named])


def _bottleneck(state: dict[str, Tensor], named: dict[str, CaffeLayer]) -> dict | None:
    units = CHANNELS * SIDE * SIDE
    wide = _first(named, (units, 1, SIDE, SIDE))
    if wide is None:
        return None
    bias = _take(state, named, wide, "bottleneck")
    mix = _first(named, (CHANNELS, CHANNELS, 1, 1), bias=True)
    if mix is not None:
        _take(state, named, mix, "bottleneck.mix")
    return dict(type="ChannelWiseFC", size=SIDE, bias=bias, mix=mix is not None)


def _decoder(state: dict[str, Tensor], named: dict[str, CaffeLayer]) -> dict | None:
    """The deconvolutions, all of them or none."""
    chain = [n for n, layer in named.items() if layer.type == "Deconvolution"]
    channels, kernel = [CHANNELS], None
    for name in chain:
        shape = named[name].blobs[0].shape
        kernel = kernel or shape[-1]
        c_out = shape[1] if len(shape) == 4 else 0
        wanted = (channels[-1], c_out, kernel, kernel)
        if not (kernel % 2 and c_out and _is(named[name], wanted, (c_out,))):
            return None
        channels.append(c_out)
    if channels[-1] != 3:
        return None
    for i, name in enumerate(chain):
        _take(state, named, name, f"decoder.layers.{i}")
    return dict(type="UpConvDecoder", channels=channels[1:], kernel_size=kernel)


def _first(
    named: dict[str, CaffeLayer], shape: tuple[int, ...], bias: bool = False
) -> str | None:
    """The first convolution of this shape (``bias``: with a bias)."""
    for name, layer in named.items():
        if _is(layer, shape) and len(layer.blobs) > bias and not _inner(layer):
            return name
    return None


def _inner(layer: CaffeLayer) -> bool:
    return layer.type in ("InnerProduct", "Deconvolution")


def _is(
    layer: CaffeLayer | None,
    shape: tuple[int, ...],
    bias: tuple[int, ...] | None = None,
) -> bool:
    """Whether a layer's weight has this shape, and its bias, where it has one, fits.

    ``bias`` is that of the bias where one has to be there.
    """
    if layer is None or len(layer.blobs) > 2 or layer.blobs[0].shape != shape:
        return False
    if len(layer.blobs) == 1:
        return bias is None
    return layer.blobs[1].size == (bias or shape)[0]


def _take(
    state: dict[str, Tensor], named: dict[str, CaffeLayer], name: str, ours: str
) -> bool:
    """Moves a layer's tensors; returns whether it has a bias."""
    parts = _parts(named.pop(name))
    state |= {f"{ours}.{part}": value for part, value in parts.items()}
    return "bias" in parts


def _parts(layer: CaffeLayer) -> dict[str, Tensor]:
    blobs = [np.array(blob, np.float32, order="C") for blob in layer.blobs]
    # Old files keep a bias as (1, 1, 1, n).
    blobs[1:] = [blob.reshape(-1) for blob in blobs[1:]]
    names = ["weight", "bias", *(f"blob{i}" for i in range(2, len(blobs)))]
    return {name: torch.from_numpy(blob) for name, blob in zip(names, blobs)}
