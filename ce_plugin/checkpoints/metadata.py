"""Describes an inpainting network and its training data in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .serialization import to_plain

CONFIG_KEYS = ("model", "train_dataloader")
"""Keys of a run's config that are needed here."""


def describe_run(cfg: Mapping, picture_size: int | None = None) -> dict[str, Any]:
    """The meta with which a checkpoint's whole model can be used without the run.

    Args:
        cfg: The run's config, as a dict.
        picture_size: Side of the square pictures that the network was given; where it
            is not known, the last crop of the config tells.

    Returns:
        ``model`` (its config), ``mask`` (the config of the generator of its holes, None
        where it had none) and ``picture_size`` (None where nothing tells).

    Example:
        >>> crop = dict(type='CenterCrop', size=64)
        >>> describe_run(dict(
        ...     model=dict(type='ContextEncoder'),
        ...     train_dataloader=dict(dataset=dict(transforms=[crop])),
        ... ))
        {'model': {'type': 'ContextEncoder'}, 'mask': None, 'picture_size': 64}
    """
    dataset = (cfg.get("train_dataloader") or {}).get("dataset") or {}
    while isinstance(dataset.get("dataset"), Mapping):
        dataset = dataset["dataset"]
    return to_plain(
        dict(
            model=cfg["model"],
            mask=dataset.get("mask"),
            picture_size=picture_size or _last_crop(dataset.get("transforms") or ()),
        )
    )


def _last_crop(transforms: list) -> int | None:
    for transform in reversed(transforms):
        if not isinstance(transform, Mapping):
            return None
        name, size = str(transform.get("type")), transform.get("size")
        if name.rpartition(".")[2].endswith("Crop"):
            square = size[0] if isinstance(size, list | tuple) and size else size
            same = size in (square, [square], [square] * 2, (square,), (square,) * 2)
            return square if isinstance(square, int) and same else None
        if "Pad" in name or "Resize" in name:
            return None
    return None
