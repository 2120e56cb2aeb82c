"""Loads a whole inpainting network from any file that holds one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ce_plugin.checkpoints.export.encoder import normalization_of
from ce_plugin.checkpoints.metadata import CONFIG_KEYS, describe_run
from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS
from ce_plugin.zoo import resolve

from .config_text import config_values
from .last_checkpoint import last_checkpoint
from .read import read_file
from .validate import check_state_dict

CONFIG_NAME, WEIGHTS_NAME = "config.json", "model.safetensors"


def load_model(path: str | Path) -> tuple[nn.Module, dict]:
    """The whole network that fills holes, in evaluation mode on the CPU.

    Nothing in a file is run: a config that a checkpoint has as text only is parsed.

    Args:
        path: A training checkpoint; a converted inpainting file; a run's folder, of
            which the last checkpoint is taken; a folder that
            :func:`~ce_plugin.checkpoints.save_pretrained` has written; or
            ``ce_plugin://NAME``, which comes with the package.

    Returns:
        The :class:`~ce_plugin.models.pretexts.ContextEncoder`, every tensor of it from
        the file, and ``meta``: ``model`` (its config), ``mask`` (config of the
        generator of the holes it was trained with, or None), ``picture_size`` (side of
        the pictures it was trained with, or None), ``normalization``, and what else the
        file says.

    Raises:
        InputError: There is nothing to read, it holds something else, or its tensors
            are not the network's.
    """
    path = find_weights(path)
    state, meta = read_whole(path)
    return build_model(state, meta, path), meta


def find_weights(path: str | Path) -> Path:
    """The file of weights that ``path`` is or, as a folder, holds.

    Raises:
        InputError: There is none.
    """
    path = resolve(path)
    if not path.is_dir():
        return path
    if (path / CONFIG_NAME).is_file():
        return path / WEIGHTS_NAME
    last = last_checkpoint(path)
    if last is not None and Path(last).is_file():
        return Path(last)
    raise InputError(
        f"{path.resolve()} holds no checkpoint: it is neither a run's folder with "
        f"last_checkpoint nor one with {CONFIG_NAME} and {WEIGHTS_NAME}"
    )


def read_whole(path: Path) -> tuple[dict[str, Tensor], dict]:
    """The tensors of a file and all that it, or the config beside it, says of them.

    Returns:
        Tensors by name; ``meta`` of the file's encoder, with ``model``, ``mask`` and
        ``picture_size`` where the file says what model it is of.

    Raises:
        InputError: The file, or the config, cannot be read.
    """
    state, said = read_file(path)
    said = meta_beside(path) or said
    meta = dict(said.get("encoder", said))
    meta.pop("cfg", None)
    if isinstance(said.get("cfg"), str) and "model" not in said:
        try:
            said = said | describe_run(config_values(said["cfg"], CONFIG_KEYS))
        except (InputError, KeyError) as error:
            raise InputError(f"{path} does not say what model it is of: {error}") from (
                error
            )
    if isinstance(said.get("model"), Mapping):
        meta |= {key: said.get(key) for key in ("model", "mask", "picture_size")}
        meta["picture_size"] = meta["picture_size"] or _fixed_size(meta["model"])
    return state, meta


def meta_beside(path: Path) -> dict[str, Any] | None:
    """The config beside a file, None for a file that stands alone.

    Raises:
        InputError: See :func:`read_config`.
    """
    config = path.with_name(CONFIG_NAME)
    return read_config(config) if _of_folder(path) and config.is_file() else None


def _of_folder(path: Path) -> bool:
    return path.name == WEIGHTS_NAME


def read_config(path: Path) -> dict[str, Any]:
    """The ``config.json`` beside weights.

    Raises:
        InputError: It is missing, no JSON or no object.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is missing or no JSON ({error})") from error
    if not isinstance(config, dict):
        raise InputError(f"{path} holds no JSON object")
    return config


def build_described(cfg: Mapping, what: str) -> nn.Module:
    """The network of a config that a file holds.

    Args:
        cfg: The config.
        what: What it is of, for the error.

    Raises:
        InputError: It cannot be built.
    """
    try:
        return MODELS.build(cfg)
    except (KeyError, TypeError, AttributeError, ImportError) as error:
        raise InputError(
            f"{what} cannot be built ({error}); if it has parts of your own, import "
            "the module that registers them first"
        ) from error


def build_model(state: dict[str, Tensor], meta: dict, path: Path) -> nn.Module:
    """The network of ``meta['model']`` with all tensors of ``state``.

    ``meta`` gets ``normalization`` as the network has it.

    Raises:
        InputError: The file holds an encoder alone or another model, cannot be built,
            or does not fit.
    """
    cfg = meta.get("model")
    if not isinstance(cfg, Mapping):
        raise InputError(f"{path} holds only the encoder; {_better(path)}")
    if not fills_holes(cfg):
        raise InputError(
            f"{path} is of {cfg.get('type')}, which fills no holes; give a checkpoint "
            "of a ContextEncoder"
        )
    cfg = dict(cfg, _scope_="ce_plugin")
    if isinstance(cfg.get("backbone"), Mapping):
        cfg["backbone"] = without_pretrained(cfg["backbone"])
    model = build_described(cfg, f"the model of {path}")
    name = type(model).__name__
    try:
        check_state_dict(model.state_dict(), state, name)
        model.load_state_dict(state)
    except (InputError, RuntimeError) as error:
        raise InputError(f"{path}: {error}") from error
    meta["normalization"] = normalization_of(model)
    return model.eval()


def without_pretrained(backbone: Mapping) -> dict:
    """The config of a network that gets its weights here, and downloads none.

    timm's networks say that with a bool, those of mmdet and mmseg with None, for they
    take the name of a file.

    Example:
        >>> without_pretrained(dict(type="TimmBackbone", pretrained=True))
        {'type': 'TimmBackbone', 'pretrained': False}
        >>> without_pretrained(dict(type="mmdet.ResNet", pretrained="e.pth"))
        {'type': 'mmdet.ResNet', 'pretrained': None}
    """
    if "pretrained" not in backbone:
        return dict(backbone)
    none = False if isinstance(backbone["pretrained"], bool) else None
    return dict(backbone, pretrained=none)


def fills_holes(cfg: Mapping) -> bool:
    """Whether a config is of a model that fills holes."""
    kind, room = (
        MODELS.get(f"ce_plugin.{n}") for n in ("ContextEncoder", "AutoEncoder")
    )
    name = str(cfg.get("type"))
    found = MODELS.get(name if "." in name else f"ce_plugin.{name}")
    # Those that reproduce whole pictures are built as it is, and never see a hole.
    return (
        isinstance(found, type)
        and issubclass(found, kind)
        and not issubclass(found, room)
    )


def _fixed_size(model: Mapping) -> int | None:
    """The side of the pictures that a network with a bottleneck vector takes."""
    backbone = model.get("backbone") or {}
    vector = backbone.get("bottleneck") or "MLP" in str(backbone.get("type"))
    return backbone.get("input_size") if vector else None


def _better(path: Path) -> str:
    """Advice on which file to give in place of an encoder alone."""
    folder = path.parent
    if _of_folder(path):
        return "ask for part='encoder', or give a folder with the whole model"
    try:
        return f"give the training checkpoint {find_weights(folder)}"
    except InputError:
        return (
            "give the training checkpoint (iter_N.pth) of its run, or an inpainting "
            "network that `python -m ce_plugin.tools.convert` has written"
        )
