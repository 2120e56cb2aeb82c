"""Reads a file of weights, of any origin, as tensors and plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.zoo import resolve

from .validate import inspect_checkpoint

# Where trainers keep the weights; averaged ones first, as timm does.
_WEIGHTS = ("state_dict_ema", "model_ema", "state_dict", "model", "teacher")


_VISSL = ("classy_state_dict", "base_model", "model", "trunk")


def read_weights(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """The tensors of a ``.pth`` or ``.safetensors`` file, and what it says of them.

    Nothing in the file is run. Of a training checkpoint only the weights are returned.
    The prefixes that data-parallel and compiling wrappers put before all names
    (``module.``, ``_orig_mod.``) are taken off.

    Args:
        path: A file of this package, or anyone's: a state dict, or a dict that holds
            one under ``state_dict``, ``model`` and the like. ``ce_plugin://NAME`` is
            one that comes with the package.

    Returns:
        Tensors by name; ``meta`` as exported, empty where the file has none. A training
        checkpoint's is that of its encoder.

    Raises:
        InputError: No such file, not readable, one that carries code, or without
            tensors.
    """
    state, meta = read_file(path)
    return state, meta.get("encoder", meta)


def read_file(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """Like :func:`read_weights`, with all of the file's ``meta``.

    A training checkpoint's has the encoder's under ``encoder``.

    Raises:
        InputError: See :func:`read_weights`.
    """
    path = resolve(path)
    if path.suffix == ".safetensors":
        state, meta = _read_safetensors(path)
        if meta.pop("stored_as", None):
            # Rounded to save space, and nothing to compute with.
            state = {
                k: v.float() if v.is_floating_point() else v for k, v in state.items()
            }
    else:
        inspect_checkpoint(path)
        holder = torch.load(path, map_location="cpu", weights_only=True)
        meta = holder.get("meta")
        meta = dict(meta) if isinstance(meta, Mapping) else {}
        holder = _inside(holder)
        state = next((holder[k] for k in _WEIGHTS if _is_state(holder.get(k))), holder)
    state = {k: v for k, v in state.items() if isinstance(v, Tensor)}
    if not state:
        raise InputError(f"{path} holds no tensors; it is no file of weights")
    for wrapper in ("module.", "_orig_mod."):
        if all(name.startswith(wrapper) for name in state):
            state = {name.removeprefix(wrapper): v for name, v in state.items()}
    return state, meta


def _inside(holder: Mapping) -> Mapping:
    """The innermost of VISSL's four nested dicts; any other file as it is."""
    for name in _VISSL:
        inner = holder.get(name)
        if not isinstance(inner, Mapping):
            break
        holder = inner
    return holder


def _is_state(value: object) -> bool:
    return isinstance(value, Mapping) and any(
        isinstance(v, Tensor) for v in value.values()
    )


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict]:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise InputError(f"no checkpoint {path.resolve()}")
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            said = (file.metadata() or {}).get("meta", "{}")
        meta = json.loads(said)
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"{path} is no safetensors file, or not whole") from error
    return state, meta if isinstance(meta, dict) else {}
