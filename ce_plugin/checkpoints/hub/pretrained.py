"""Networks as folders of two plain files, on the disk or in a Hugging Face repository.

``config.json`` says what the network is, ``model.safetensors`` has its tensors. Neither
can carry code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor, nn

from ce_plugin.checkpoints.load.encoder import build_encoder, load_encoder
from ce_plugin.checkpoints.load.initializer import load_encoder_weights
from ce_plugin.checkpoints.load.model import (
    CONFIG_NAME,
    WEIGHTS_NAME,
    build_model,
    fills_holes,
    find_weights,
    load_model,
    read_whole,
)
from ce_plugin.checkpoints.serialization import to_plain
from ce_plugin.checkpoints.versions import versions
from ce_plugin.errors import InputError
from ce_plugin.files import replace_file, writing
from ce_plugin.unwrap import unwrap
from ce_plugin.zoo import card_of, named, weights_of, zoo_names

from .repository import fetch

PARTS = ("model", "encoder")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def from_pretrained(
    name: str | Path,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    part: str | None = None,
) -> tuple[nn.Module, dict]:
    """A network from the disk, from this package or from a Hugging Face repository.

    Args:
        name: A folder that :func:`save_pretrained` has written; ``encoder.pth`` or
            another checkpoint, or the folder of a run; weights that come with the
            package, such as 'r18-half'; or a repository's id, 'owner/name'. What
            exists on the disk is that.
        revision: Branch, tag or commit of the repository.
        cache_dir: Where downloads are kept; by default where huggingface_hub does.
        part: 'model', the whole inpainting network, or 'encoder'. By default 'model';
            of checkpoints and packaged weights all that there is of them.

    Returns:
        The network in evaluation mode on the CPU, and ``meta``; see
        :func:`~ce_plugin.checkpoints.load_model` and
        :func:`~ce_plugin.checkpoints.load_encoder`. ``meta['normalization']`` says what
        pictures the encoder has learned from.

    Raises:
        InputError: None of these, no such repository or no way there, a file is
            missing, or the network is not what is asked for.
    """
    if part not in (None, *PARTS):
        raise InputError(f"part is 'model' or 'encoder', not {part!r}")
    folder, packaged = Path(name), _packaged(name)
    here = folder.exists() or packaged
    if here and revision is not None:
        what = "comes with the package" if packaged else "is on this disk"
        raise InputError(f"{name} {what}, which has no revision {revision!r}")
    if packaged:
        part = part or card_of(packaged)["part"]
        return _loader(part)(weights_of(packaged))
    if not here:
        folder = _download(name, revision, cache_dir)
    elif folder.is_file() or (folder / "last_checkpoint").is_file():
        return _of_checkpoint(folder, part)
    for file in (CONFIG_NAME, WEIGHTS_NAME):
        if not (folder / file).is_file():
            raise InputError(
                f"{name} has no {file}; ce_plugin.save_pretrained(checkpoint, folder) "
                "writes both files that are needed"
            )
    return _loader(part)(folder)


def _of_checkpoint(path: Path, part: str | None) -> tuple[nn.Module, dict]:
    """What a checkpoint holds: a network that fills holes, or else an encoder."""
    if part is None:
        file = find_weights(path)
        state, meta = read_whole(file)
        if _is_whole(meta):
            return build_model(state, meta, file), meta
        part = "encoder"
    return _loader(part)(path)


def _is_whole(meta: dict) -> bool:
    """Whether a file's ``meta`` is of a network that fills holes."""
    model = meta.get("model")
    return isinstance(model, Mapping) and fills_holes(model)


def _loader(part: str | None) -> Callable[[Path], tuple[nn.Module, dict]]:
    return load_encoder if part == "encoder" else load_model


def _packaged(name: str | Path) -> str | None:
    """The name of weights that come with the package, if ``name`` means such."""
    if named(name) is not None:
        return named(name)
    return str(name) if str(name) in zoo_names() and not Path(name).exists() else None


def _download(
    name: str | Path, revision: str | None, cache_dir: str | Path | None
) -> Path:
    if not _REPOSITORY.fullmatch(str(name)):
        raise InputError(
            f"{name} is not there; give a checkpoint, the folder of a run or of "
            f"save_pretrained, what comes with the package ({', '.join(zoo_names())}), "
            "or the id of a Hugging Face repository, 'owner/name'"
        )
    return fetch(str(name), revision, cache_dir, (CONFIG_NAME, WEIGHTS_NAME))


def save_pretrained(
    source: nn.Module | str | Path, folder: str | Path, meta: dict | None = None
) -> Path:
    """Writes ``config.json`` and ``model.safetensors``.

    The whole network where there is one that fills holes, otherwise its encoder. The
    folder of the training pictures is not written down.

    Args:
        source: A checkpoint of any kind that :func:`~ce_plugin.checkpoints.load_model`
            or :func:`~ce_plugin.checkpoints.load_encoder` reads; or a network.
        folder: Made if needed; the two files in it are replaced.
        meta: Meta of a network, as ``load_model`` or ``load_encoder`` has given it.

    Returns:
        The folder.

    Raises:
        InputError: The checkpoint cannot be read, or the network is not what ``meta``
            says. Nothing is written then.
    """
    if isinstance(source, nn.Module):
        if not meta or not (meta.get("model") or meta.get("backbone")):
            raise InputError(
                "a network does not know its config; give the meta that load_model or "
                "load_encoder has returned with it"
            )
        state, meta = _checked(unwrap(source).state_dict(), dict(meta), "the network")
    else:
        path = find_weights(source)
        state, meta = _checked(*read_whole(path), path)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: folder / f".{name}.part" for name in (WEIGHTS_NAME, CONFIG_NAME)}
    try:
        tensors = {k: v.detach().cpu().contiguous().clone() for k, v in state.items()}
        with writing(folder / WEIGHTS_NAME):
            save_file(tensors, parts[WEIGHTS_NAME], dict(format="pt"))
        parts[CONFIG_NAME].write_text(_as_json(meta), encoding="utf-8")
        # The config last: without one the folder is none of these.
        for name, part in parts.items():
            replace_file(part, folder / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return folder


def _checked(
    state: dict[str, Tensor], meta: dict, path: str | Path
) -> tuple[dict[str, Tensor], dict]:
    """The weights and meta to write, once they load into a new network."""
    if _is_whole(meta):
        network = build_model(state, meta, path)
    else:
        meta.pop("model", None)
        meta.pop("mask", None)
        network = build_encoder(meta)
        load_encoder_weights(network, state, path)
    return network.state_dict(), meta


def _as_json(meta: dict) -> str:
    meta = to_plain(meta | dict(versions=versions()))
    if isinstance(meta.get("data"), dict):
        # A path on the disk of whoever has trained it is nobody else's business.
        meta["data"] = {k: v for k, v in meta["data"].items() if k != "root"}
    return json.dumps(meta, indent=2) + "\n"
