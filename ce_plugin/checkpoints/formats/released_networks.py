"""The released inpainting networks: their layers in order, and our names for them.

The PyTorch port names a tensor by its layer's place in the flat network
(``main.14.weight``); a flattened Torch7 network has the same places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import torch
from torch import Tensor

from ce_plugin.checkpoints.load.validate import check_state_dict
from ce_plugin.errors import InputError

NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
COUNTER = "num_batches_tracked"
PICTURES = dict(mean=[127.5] * 3, std=[127.5] * 3)
# By name: side of the input, side of the output (None for discriminators).
NETWORKS = {
    "generator for the centre of 128 px pictures": (128, 64),
    "generator for regions of 128 px pictures": (128, 128),
    "generator for regions of 64 px pictures": (64, 64),
    "discriminator of 64 px pictures": (64, None),
    "discriminator of 128 px pictures": (128, None),
}


@dataclass(frozen=True)
class Layer:
    """A place in the flat network.

    Attributes:
        kind: conv, tconv (transposed), norm, leaky, relu, tanh or sigmoid.
        name: Our name, None for what has no tensors.
        shape: Shape of the weight.
        stride: Stride of a convolution.
        padding: Padding of a convolution.
    """

    kind: str
    name: str | None = None
    shape: tuple[int, ...] = ()
    stride: int = 2
    padding: int = 1


@dataclass(frozen=True)
class Released:
    """A network that has been recognised, under our names."""

    network: str
    state_dict: dict[str, Tensor]
    model: dict
    biases: str
    largest_bias: float | None


def layers_of(network: str, base: int = 64, code: int = 4000) -> list[Layer]:
    """The layers of one of :data:`NETWORKS`.

    Args:
        network: Name of the network.
        base: Width of the first convolution.
        code: Width of the bottleneck.

    Source: released code (train.lua, train_random.lua).
    """
    size, out = NETWORKS[network]
    layers: list[Layer] = []

    def block(name, kind, c_in, c_out, act, norm=True, full=False) -> None:
        # Transposed weights are (in, out, h, w), others (out, in, h, w): of the
        # bottleneck's two neighbours both are (4000, 512, 4, 4).
        shape = (c_in, c_out, 4, 4) if kind == "tconv" else (c_out, c_in, 4, 4)
        grid = (1, 0) if full else (2, 1)
        last = out is None and full
        layers.append(Layer(kind, name if last else f"{name}.conv", shape, *grid))
        if norm:
            layers.append(Layer("norm", f"{name}.norm", (c_out,)))
        layers.append(Layer(act))

    stem = [base, base] if size == 128 else [base]
    widths = [*stem, 2 * base, 4 * base, 8 * base]
    prefix = "stages" if out is None else "backbone.stages"
    for i, (c_in, c_out) in enumerate(zip([3, *widths], widths)):
        block(f"{prefix}.{i}", "conv", c_in, c_out, "leaky", norm=i > 0)
    end = f"{prefix}.{len(widths)}"
    if out is None:
        block(end, "conv", 8 * base, 1, "sigmoid", norm=False, full=True)
        return layers

    block(end, "conv", 8 * base, code, "leaky", full=True)
    widths = [8 * base, 4 * base, 2 * base, base, *([base] if out == 128 else [])]
    for i, (c_in, c_out) in enumerate(zip([code, *widths], widths)):
        block(f"decoder.stages.{i}", "tconv", c_in, c_out, "relu", full=i == 0)
    end = f"decoder.stages.{len(widths)}"
    block(end, "tconv", base, 3, "tanh", norm=False)
    return layers


def recognise_kinds(kinds: Sequence[str]) -> str:
    """The network whose layers are of these kinds.

    Args:
        kinds: As in :class:`Layer`, one for each place.

    Raises:
        InputError: None of them; the first difference from the nearest is named.
    """
    agreeing = {}
    for network in NETWORKS:
        expected = [layer.kind for layer in layers_of(network)]
        if list(kinds) == expected:
            return network
        pairs = enumerate(zip_longest(kinds, expected, fillvalue="nothing"))
        agreeing[network] = next((i, *pair) for i, pair in pairs if pair[0] != pair[1])
    network, (place, found, wanted) = max(agreeing.items(), key=lambda x: x[1][0])
    raise InputError(
        f"not one of the released networks: place {place} has {found} where the "
        f"{network} has {wanted}"
    )


def recognise_keys(keys: Sequence[str]) -> str:
    """The network that has the most of these keys (``main.0.weight``), and fewest more.

    Raises:
        InputError: No key is of any.
    """
    given = {key for key in keys if not key.endswith(COUNTER)}

    def distance(network: str) -> int:
        layers = layers_of(network)
        wanted = {f"main.{i}.{name}" for i, name in _tensors(layers, bias=False)}
        optional = {f"main.{i}.{name}" for i, name in _tensors(layers, bias=True)}
        return len(wanted - given) + len(given - optional)

    if not given & {f"main.{i}.weight" for i in range(40)}:
        raise InputError(
            "no tensor is named main.<number>.weight, as the PyTorch port's are"
        )
    return min(NETWORKS, key=distance)


def _tensors(layers: Sequence[Layer], bias: bool) -> list[tuple[int, str]]:
    found = []
    for i, layer in enumerate(layers):
        if layer.kind == "norm":
            found += [(i, name) for name in NORM_TENSORS]
        elif layer.name:
            found += [(i, "weight"), (i, "bias")][: 1 + bias]
    return found


def rename(given: Mapping[str, Tensor], network: str, biases: str) -> Released:
    """The tensors of a released network under our names.

    Args:
        given: Tensors by place, ``main.14.weight``.
        network: One of :data:`NETWORKS`.
        biases: Whether to 'drop' or 'keep' the biases of convolutions.

    Raises:
        InputError: Tensors are missing, left over, of another shape, or not finite.
    """
    plain = layers_of(network)
    convs = [i for i, layer in enumerate(plain) if layer.kind in ("conv", "tconv")]
    found = {k: given[k] for i in convs if (k := f"main.{i}.bias") in given}
    kept = bool(found) and biases == "keep"
    if not kept:
        given = {k: v for k, v in given.items() if k not in found}

    base = _width(given, "main.0.weight")
    # The code is what the first transposed convolution takes.
    opening = next((i for i in convs if plain[i].kind == "tconv"), None)
    code = 0 if opening is None else _width(given, f"main.{opening}.weight")
    layers = layers_of(network, base, code)

    names, expected = {}, {}
    for i, name in _tensors(layers, kept):
        layer, key = layers[i], f"main.{i}.{name}"
        names[key] = f"{layer.name}.{name}"
        shape = layer.shape
        if name != "weight" and layer.kind != "norm":
            shape = (shape[1 if layer.kind == "tconv" else 0],)
        expected[key] = torch.empty(shape, device="meta")
        counter = f"main.{i}.{COUNTER}"
        if layer.kind == "norm" and counter in given:
            names[counter] = f"{layer.name}.{COUNTER}"
    check_state_dict(expected, given, network)
    for key in expected:
        if not torch.isfinite(given[key]).all():
            raise InputError(f"{key} holds values that are not finite")
        if key.endswith("running_var") and (given[key] < 0).any():
            raise InputError(f"{key} holds negative variances")

    largest = max((float(v.abs().max()) for v in found.values()), default=None)
    return Released(
        network=network,
        state_dict={ours: given[key] for key, ours in names.items()},
        model=_config(network, base, code, kept),
        biases="kept" if kept else "dropped" if found else "none",
        largest_bias=largest,
    )


def _width(given: Mapping[str, Tensor], key: str) -> int:
    weight = given.get(key)
    if weight is None or weight.ndim != 4 or not weight.numel():
        raise InputError(f"{key}, a convolution's weight, is missing or is none")
    return len(weight)


def _config(network: str, base: int, code: int, bias: bool) -> dict:
    size, out = NETWORKS[network]
    common = dict(base_channels=base, **(dict(bias=True) if bias else {}))
    if out is None:
        return dict(type="DCGANDiscriminator", input_size=size, **common)
    center = (size, out) == (128, 64)
    preprocessor = dict(
        type="InpaintingPreprocessor", **PICTURES, fill=[117.0, 104.0, 123.0]
    )
    return dict(
        type="ContextEncoder",
        data_preprocessor=preprocessor,
        backbone=dict(type="DCGANEncoder", input_size=size, bottleneck=code, **common),
        decoder=dict(type="DCGANDecoder", output_size=out, **common),
        window="center" if center else "full",
    )
