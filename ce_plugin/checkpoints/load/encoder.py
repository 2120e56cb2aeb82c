"""Builds a network from an encoder file."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ce_plugin.errors import InputError

from .initializer import load_encoder_weights
from .model import build_described, find_weights, meta_beside, without_pretrained
from .read import read_weights


def build_encoder(meta: dict, **arguments) -> nn.Module:
    """The network that an encoder file describes, with the weights of its construction.

    Args:
        meta: The file's.
        **arguments: In place of the network's own, such as ``out_indices``.

    Raises:
        InputError: The file does not describe its network, or it cannot be built.
    """
    backbone = dict(meta.get("backbone") or {})
    if "type" not in backbone:
        raise InputError(
            "the file does not say what network it is of; import it with `python -m "
            "ce_plugin.tools.convert`, which writes that down"
        )
    # What initialised the encoder then is not needed for one that has its weights.
    backbone.pop("init_cfg", None)
    backbone = without_pretrained(backbone)
    if "." not in backbone["type"]:
        backbone["type"] = f"ce_plugin.{backbone['type']}"
    what = f"the network of the file, {backbone['type']},"
    return build_described(backbone | arguments, what)


def load_encoder(path: str | Path, **arguments) -> tuple[nn.Module, dict]:
    """The encoder of a file, whole, in evaluation mode.

    Args:
        path: An exported encoder in any style, a training checkpoint, a run's folder,
            one that :func:`~ce_plugin.checkpoints.save_pretrained` has written, or
            ``ce_plugin://NAME``, which comes with the package.
        **arguments: In place of the network's own, such as ``out_indices``.

    Returns:
        The backbone, on the CPU, and the file's ``meta``.

    Raises:
        InputError: The file cannot be read, does not describe its network or does not
            fill it.
    """
    path = find_weights(path)
    given, meta = read_weights(path)
    meta = meta_beside(path) or meta
    backbone = build_encoder(meta, **arguments)
    load_encoder_weights(backbone, given, path)
    # mmdet's ResNet gives nothing back here.
    backbone.eval()
    return backbone, meta
