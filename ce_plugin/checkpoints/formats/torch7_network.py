"""The released Torch7 networks, from the modules in the file to tensors by place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ce_plugin.errors import InputError

from .released_networks import Released, layers_of, recognise_kinds, rename
from .torch7 import TorchObject, TorchTensor

KINDS = {
    "SpatialConvolution": "conv",
    "SpatialConvolutionMM": "conv",
    "SpatialFullConvolution": "tconv",
    "SpatialBatchNormalization": "norm",
    "LeakyReLU": "leaky",
    "ReLU": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
}
# They change shape or device at most.
PASSED_OVER = ("View", "Identity", "Copy", "Contiguous")
MAX_MODULES = 200
EPS = 1e-5


def convert_torch7(root: Any, biases: str) -> Released:
    """A network as Torch7 saved it, under our names.

    Args:
        root: What :func:`~ce_plugin.checkpoints.formats.torch7.read_torch7` has read.
        biases: Whether to 'drop' or 'keep' the biases of convolutions.

    Raises:
        InputError: Not one of the released networks.
    """
    if not isinstance(root, TorchObject):
        raise InputError(f"it holds a {type(root).__name__}, not a network")
    modules = list(_flatten(root))
    network = recognise_kinds([KINDS[_short(m)] for m in modules])
    tensors = {}
    for i, (module, layer) in enumerate(zip(modules, layers_of(network))):
        _check_settings(i, module, layer.stride, layer.padding)
        for name, value in _read(module, layer.kind):
            tensors[f"main.{i}.{name}"] = value
    return rename(tensors, network, biases)


def _short(module: TorchObject) -> str:
    return module.name.rsplit(".", 1)[-1]


def _flatten(root: TorchObject) -> Iterator[TorchObject]:
    """The modules in order, those of nested Sequentials in their places."""
    waiting, visited = [root], 0
    while waiting:
        module, visited = waiting.pop(), visited + 1
        # Also what ends a Sequential that contains itself.
        if visited > MAX_MODULES:
            raise InputError(f"more than {MAX_MODULES} modules")
        if not isinstance(module, TorchObject):
            raise InputError("a module is none; the file is damaged")
        library, _, name = module.name.rpartition(".")
        if library not in ("nn", "cudnn", "cunn"):
            raise InputError(f"it holds a {module.name!r:.60}, not a network")
        if name == "Sequential":
            waiting += reversed(_list(module.fields.get("modules")))
        elif name in KINDS:
            yield module
        elif name not in PASSED_OVER:
            raise InputError(
                f"a {module.name:.60} is in none of the networks that are converted "
                "(the released options noiseGen and conditionAdv are not)"
            )


def _list(table: Any) -> list:
    if not isinstance(table, dict) or len(table) > MAX_MODULES:
        raise InputError("a Sequential without its modules; the file is damaged")
    if set(table) != set(range(1, len(table) + 1)):
        raise InputError("a Sequential with a gap; the file is damaged")
    return [table[i + 1] for i in range(len(table))]


def _check_settings(place: int, module: TorchObject, stride: int, padding: int) -> None:
    wanted: dict[str, float] = {}
    if KINDS[_short(module)] in ("conv", "tconv"):
        wanted = dict(dW=stride, dH=stride, padW=padding, padH=padding, groups=1)
        wanted |= dict(kW=4, kH=4, adjW=0, adjH=0)
    elif _short(module) == "LeakyReLU":
        wanted = dict(negval=0.2)
    elif _short(module) == "SpatialBatchNormalization":
        wanted = dict(eps=EPS)
    for name, value in wanted.items():
        # Fields that older classes do not have are not asked for.
        found = module.fields.get(name, value)
        if not isinstance(found, float | int) or not math.isclose(found, value):
            raise InputError(
                f"place {place}: a {module.name} with {name} {found!r:.20}, the "
                f"released network has {value}"
            )


def _read(module: TorchObject, kind: str) -> Iterator[tuple[str, Tensor]]:
    fields = module.fields
    if kind in ("conv", "tconv"):
        weight = _array(fields.get("weight"))
        if weight is not None and weight.ndim == 2:
            # SpatialConvolutionMM keeps the kernels as rows.
            weight = _unfold(weight)
        named = dict(weight=weight, bias=_array(fields.get("bias")))
    elif kind == "norm":
        names = ("weight", "bias", "running_mean", "running_var")
        named = {name: _array(fields.get(name)) for name in names}
        std = _array(fields.get("running_std"))
        if named["running_var"] is None and std is not None:
            # Before 2016 the field held 1 / sqrt(variance + eps).
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                variance = std.astype(np.float64) ** -2 - EPS
            named["running_var"] = np.maximum(variance, 0)
    else:
        return
    for name, value in named.items():
        if value is not None:
            # A copy: the file need not stay mapped.
            yield name, torch.from_numpy(np.array(value, np.float32, order="C"))


def _unfold(weight: np.ndarray) -> np.ndarray:
    out, rest = weight.shape
    if rest % 16:
        raise InputError(f"a weight of shape {weight.shape} is none of 4x4 kernels")
    return weight.reshape(out, rest // 16, 4, 4)


def _array(value: Any) -> np.ndarray | None:
    """The values of a tensor; None for an empty one, too."""
    if not isinstance(value, TorchTensor):
        return None
    array = value.array()
    return array if array.size else None
