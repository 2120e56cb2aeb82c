"""Exports an encoder: its weights, and what one has to know to use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner.checkpoint import get_state_dict
from torch import Tensor, nn

from ce_plugin.checkpoints.key_styles import to_style
from ce_plugin.checkpoints.serialization import to_plain
from ce_plugin.checkpoints.versions import versions
from ce_plugin.files import replacing
from ce_plugin.unwrap import unwrap


def encoder_meta(
    model: nn.Module, cfg: Config, data: dict, iterations: int, seed: int
) -> dict:
    """The facts one needs to use an encoder, as plain values.

    Args:
        model: The pretext; its preprocessor says how pictures are normalised.
        cfg: The run's config.
        data: The dataset's description.
        iterations: Training iterations.
        seed: The run's seed.

    Returns:
        ``backbone`` (its config), ``out_channels``, ``out_strides``, ``normalization``
        (``mean`` and ``std`` in 0..255 and in the network's channel order, ``bgr``),
        ``pretext``, ``data``, ``iterations``, ``batch_size``, ``seed``, ``versions``.
    """
    contract = model.features
    return to_plain(
        dict(
            backbone=cfg.model.backbone.to_dict(),
            out_channels=contract.out_channels,
            out_strides=contract.out_strides,
            normalization=normalization_of(model),
            pretext=type(model).__name__,
            data=data,
            iterations=iterations,
            batch_size=cfg.train_dataloader.batch_size,
            seed=seed,
            versions=versions(),
        )
    )


def normalization_of(model: nn.Module) -> dict:
    """The normalisation of a model's preprocessor.

    Returns:
        ``mean`` and ``std`` in 0..255 and in the network's channel order, ``bgr``.
    """
    prep = model.data_preprocessor
    return dict(
        mean=prep.mean.flatten().tolist(),
        std=prep.std.flatten().tolist(),
        bgr=prep.bgr,
    )


def export_encoder(
    backbone: nn.Module, path: str | Path, meta: dict, style: str = "openmmlab"
) -> int:
    """Writes ``{'state_dict': tensors, 'meta': plain values}``, whole or not at all.

    The keys have no prefix; the file loads with ``weights_only=True`` and without this
    package.

    Args:
        backbone: The encoder, distributed or not.
        path: The file to write.
        meta: See :func:`encoder_meta`.
        style: See :func:`write_encoder`.

    Returns:
        The number of tensors.
    """
    state = get_state_dict(unwrap(backbone))
    return write_encoder(state, path, meta, style)


def write_encoder(
    state: Mapping[str, Tensor],
    path: str | Path,
    meta: dict,
    style: str = "openmmlab",
) -> int:
    """Writes an encoder's tensors in the form that another library loads.

    Args:
        state: Under the network's own names, without a prefix.
        path: ``.safetensors``, where ``meta`` becomes one JSON entry of the metadata,
            or any other name for a file of ``torch.load``.
        meta: Plain values.
        style: Whose names; see :func:`~ce_plugin.checkpoints.key_styles.to_style`.
            detectron2's file has the weights under ``model`` and the flag that lets it
            match names by their ends, the others' under ``state_dict``.

    Returns:
        The number of tensors.

    Raises:
        InputError: The style has no such network.
    """
    path = Path(path)
    backbone = meta.get("backbone", {})
    network = backbone.get("model_name") or str(backbone.get("type", "network"))
    state = to_style(state, style, network.rpartition(".")[2])
    state = {k: v.detach().cpu().contiguous().clone() for k, v in state.items()}
    meta = to_plain(meta | dict(style=style))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        if path.suffix == ".safetensors":
            from safetensors.torch import save_file

            save_file(state, part, dict(format="pt", meta=json.dumps(meta)))
        elif style == "detectron2":
            holder = dict(model=state, matching_heuristics=True, __author__="ce_plugin")
            torch.save(holder | dict(meta=meta), part)
        else:
            torch.save(dict(state_dict=state, meta=meta), part)
    return len(state)
