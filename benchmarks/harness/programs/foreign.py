"""Encoders with the weights of others, as ceilings of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ce_plugin.checkpoints import import_encoder, to_plain, versions, write_encoder
from ce_plugin.errors import InputError


def write_foreign(
    encoder: Mapping[str, Any],
    path: str | Path,
    weights: str | Path,
    network: Mapping[str, Any] | None = None,
    normalization: Mapping | None = None,
    pretext: str = "supervised",
) -> str | None:
    """Weights of timm, torchvision or mmpretrain, from their file.

    Args:
        encoder: The suite's; taken where the file fills it.
        path: File to write, ``encoder.pth``.
        weights: File of the weights, ``.pth`` or ``.safetensors``.
        network: What the file is of, where it is not the suite's encoder; a ResNet says
            so itself.
        normalization: Theirs; ImageNet's in RGB where it is not given.
        pretext: How they were trained.

    Returns:
        One line where the network is not the suite's encoder, so that its row is not
        comparable; None where it is.

    Raises:
        InputError: The file cannot be read, or is of no network that is known.
    """
    options = dict(normalization=normalization, pretext=pretext)
    try:
        found = import_encoder(weights, dict(network or encoder), **options)
    except InputError as error:
        if network is not None:
            raise
        try:
            found = import_encoder(weights, **options)
        except InputError:
            raise error from None
    theirs = found["meta"]["backbone"]
    line = None
    if _network(theirs) != _network(encoder):
        line = (
            f"{Path(weights).name} is {_network(theirs)}, the suite's encoder is "
            f"{_network(encoder)}: its row is of another network"
        )
    # How long and on what it was trained, the file does not say.
    meta = dict(iterations=None, data=None, seed=None, other_network=line)
    meta |= found["meta"] | dict(versions=versions())
    write_encoder(found["state_dict"], path, meta)
    return line


def _network(backbone: Mapping[str, Any]) -> str:
    """What a config makes, in words, without what is no part of the network."""
    asides = ("type", "out_indices", "pretrained", "init_cfg", "model_name")
    name = backbone.get("model_name") or str(backbone["type"]).rpartition(".")[2]
    rest = dict(sorted(to_plain(dict(backbone)).items()))
    said = ", ".join(f"{k}={v}" for k, v in rest.items() if k not in asides)
    return f"{name} ({said})" if said else name
