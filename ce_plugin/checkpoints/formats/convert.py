"""Converts public Context Encoder weights to this package's names."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ce_plugin.checkpoints.load.validate import inspect_checkpoint
from ce_plugin.checkpoints.serialization import to_plain
from ce_plugin.checkpoints.versions import versions
from ce_plugin.errors import InputError
from ce_plugin.files import sha256

from . import caffe_network, caffemodel, torch7
from . import released_networks as released
from .memory_map import map_file, printable
from .torch7_network import convert_torch7

KINDS = ("pytorch", "torch7", "caffe")
# Of the .pth file: a zip archive since PyTorch 1.6, a bare pickle before.
_PYTORCH_HEADS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def file_kind(path: str | Path) -> str:
    """The kind of a file of weights, by its content: one of :data:`KINDS`.

    Raises:
        InputError: None of them.
    """
    head = bytes(map_file(path)[:64])
    if head.startswith(_PYTORCH_HEADS):
        return "pytorch"
    if torch7.is_torch7(head):
        return "torch7"
    if caffemodel.is_caffemodel(head):
        return "caffe"
    other = caffemodel.is_other_caffe(head)
    if other is None and head.split()[:2] == [b"4", b"1"]:
        other = "an ASCII Torch7 file; save the network in binary mode"
    raise InputError(
        f"{path} is {other}"
        if other
        else f"{path} is no PyTorch (.pth), Torch7 (.t7) or Caffe (.caffemodel) file "
        "of weights"
    )


def convert(path: str | Path, kind: str | None = None, biases: str = "drop") -> dict:
    """Public Context Encoder weights under the names of this package's networks.

    Known are the files of the PyTorch port (``netG``, ``netlocalD``), the released
    Torch7 networks (generators for the centre or for regions, discriminators, any
    width of the bottleneck) and the authors' Caffe feature network. Nothing in a file
    is run.

    The released training sets the biases of convolutions to 0 before every pass, so
    what is in a Torch7 file are leftovers of the last optimizer step, which its demo
    nevertheless applies.

    Args:
        path: The file.
        kind: 'pytorch', 'torch7' or 'caffe'; by default its content tells.
        biases: What becomes of the biases of the inpainting networks' convolutions:
            'drop', which is the network as it was trained, or 'keep', which gives what
            demo.lua gives; then the networks have ``bias=True``.

    Returns:
        ``state_dict``, and ``meta`` in plain values: ``model``, the config that takes
        the state dict strictly (of a :class:`~ce_plugin.models.pretexts.ContextEncoder`
        or a discriminator; None for a Caffe file without a decoder), ``backbone``,
        ``out_channels``, ``out_strides``, ``normalization``, ``pretext`` as in an
        exported encoder (empty and None for a discriminator), ``source`` (``kind``,
        ``network``, ``file``, ``sha256``, ``epoch``), ``overlap`` (None: no file says
        how far the hole was smaller than the prediction; the released runs had 4),
        ``biases`` ('none', 'dropped', 'kept'), ``largest_bias``, ``left_over`` (layers
        of a Caffe file that are no part), ``tensors`` (their number), ``versions``.

    Raises:
        InputError: No such file, of no known kind, not whole, carrying code, or of
            another network.

    Source: released code, layout of the PyTorch port, Caffe's reference model.

    Example:
        >>> import os, tempfile
        >>> from ce_plugin.registry import MODELS
        >>> weights = {
        ...     f"main.{i}.weight": torch.zeros(shape)
        ...     for i, shape in {0: (8, 3, 4, 4), 11: (1, 64, 4, 4)}.items()
        ... }
        >>> for i, c in {2: 16, 5: 32, 8: 64}.items():
        ...     weights[f"main.{i}.weight"] = torch.zeros(c, c // 2, 4, 4)
        ...     for name in ("weight", "bias", "running_mean", "running_var"):
        ...         weights[f"main.{i + 1}.{name}"] = torch.ones(c)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "netlocalD.pth")
        ...     torch.save(dict(epoch=3, state_dict=weights), path)
        ...     found = convert(path)
        >>> found["meta"]["source"]["network"], found["meta"]["tensors"]
        ('discriminator of 64 px pictures', 17)
        >>> MODELS.build(found["meta"]["model"]).load_state_dict(found["state_dict"])
        <All keys matched successfully>
    """
    if biases not in ("drop", "keep"):
        raise InputError(f"biases is 'drop' or 'keep', not {biases!r}")
    if kind is not None and kind not in KINDS:
        raise InputError(f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    kind = kind or file_kind(path)
    try:
        if kind == "caffe":
            state, meta = _from_caffe(path)
        else:
            read = _from_pytorch if kind == "pytorch" else _from_torch7
            state, meta = read(path, biases)
    except InputError as error:
        said = str(error)
        said = said if said.startswith(str(path)) else f"{path}: {said}"
        # Names in the file are anyone's.
        raise InputError(printable(said, 600)) from error
    meta["source"] = dict(
        kind=kind, file=Path(path).name, sha256=sha256(path), **meta["source"]
    )
    meta |= dict(
        tensors=len(state),
        overlap=None,
        data=None,
        iterations=None,
        versions=versions(),
    )
    return dict(state_dict=state, meta=to_plain(meta))


def _from_torch7(path: str | Path, biases: str) -> tuple[dict[str, Tensor], dict]:
    found = convert_torch7(torch7.read_torch7(path), biases)
    return found.state_dict, _inpainting_meta(found, epoch=None)


def _from_pytorch(path: str | Path, biases: str) -> tuple[dict[str, Tensor], dict]:
    checkpoint = _load(path)
    state = checkpoint.get("state_dict", checkpoint)
    if not isinstance(state, Mapping):
        raise InputError("its state_dict is none")
    # Trained in torch's wrapper for several devices, which puts its name before each.
    state = {str(key).removeprefix("module."): value for key, value in state.items()}
    given = {k: _dense(k, v) for k, v in state.items() if k.startswith("main.")}
    others = [key for key in state if key not in given]
    if others and len(state) > 1 and given:
        raise InputError(f"{len(others)} entries are left over: {others[0]:.60} ...")
    found = released.rename(given, released.recognise_keys([*given]), biases)
    epoch = checkpoint.get("epoch")
    return found.state_dict, _inpainting_meta(
        found, epoch if isinstance(epoch, int) else None
    )


def _load(path: str | Path) -> Mapping:
    try:
        _check_archive(path)
        inspect_checkpoint(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:
        # torch's reader answers damage with whatever the damaged value leads to.
        said = " ".join(str(error).split())
        raise InputError(f"no checkpoint, or not whole ({said:.100})") from error


def _check_archive(path: str | Path) -> None:
    """Refuses archives that unfold to more than they are; torch writes none."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        held = sum(entry.file_size for entry in archive.infolist())
    if held > Path(path).stat().st_size:
        raise InputError(f"its entries say they hold {held} bytes, more than the file")


def _dense(key: str, value: Any) -> Tensor:
    """A tensor of its own, float32 where it is a weight."""
    if not isinstance(value, Tensor) or value.layout != torch.strided:
        raise InputError(f"{key:.60} is no dense tensor")
    value = value.detach()
    if value.device.type != "cpu" or value.is_quantized or value.is_complex():
        raise InputError(f"{key:.60} is no plain tensor")
    # Steps of 0 would let a small file stand for any amount of memory.
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise InputError(f"{key:.60} repeats itself; save a contiguous tensor")
    dtype = torch.long if key.endswith(released.COUNTER) else torch.float32
    return value.to(dtype).clone(memory_format=torch.contiguous_format)


def _inpainting_meta(found: released.Released, epoch: int | None) -> dict:
    model = found.model
    backbone = model.get("backbone", {})
    return dict(
        model=model,
        backbone=backbone,
        out_channels=(backbone["bottleneck"],) if backbone else None,
        out_strides=(backbone["input_size"],) if backbone else None,
        normalization=dict(**released.PICTURES, bgr=False),
        pretext="ContextEncoder" if backbone else None,
        source=dict(network=found.network, epoch=epoch),
        biases=found.biases,
        largest_bias=found.largest_bias,
        left_over=[],
    )


def _from_caffe(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    found = caffe_network.convert_caffe(caffemodel.read_caffemodel(path))
    return found.state_dict, dict(
        model=found.model,
        backbone=found.backbone,
        out_channels=(256,),
        out_strides=(32,),
        normalization=dict(**caffe_network.PICTURES, bgr=True),
        pretext="ContextEncoder",
        source=dict(network="feature network (CaffeNet)", epoch=None),
        biases="kept",
        largest_bias=None,
        left_over=found.left_over,
    )
