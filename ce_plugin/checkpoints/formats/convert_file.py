"""Converts a file of weights into a file of this package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ce_plugin.checkpoints.export.encoder import write_encoder
from ce_plugin.errors import InputError

from .convert import convert
from .import_encoder import import_encoder, normalization_given


def convert_file(
    file: str,
    out: str,
    kind: str | None = None,
    biases: str = "drop",
    *,
    encoder: bool = False,
    bottleneck: bool = True,
) -> list[str]:
    """Public Context Encoder weights as a file under this package's names.

    Args:
        file: The file to convert.
        out: The file to write, .pth or .safetensors.
        kind: See :func:`convert`.
        biases: See :func:`convert`.
        encoder: Write the encoder alone, as pretraining exports it.
        bottleneck: Keep the bottleneck of the encoder.

    Returns:
        What the file was, and what was written, a line each.

    Raises:
        InputError: See :func:`convert` and :func:`encoder_of`; ``out`` is ``file``, or
            has another ending.
    """
    path = _output(file, out)
    found = convert(file, kind, biases)
    state, meta = found["state_dict"], found["meta"]
    said = _describe(meta)
    if encoder:
        state, meta = encoder_of(found, bottleneck)
    count = write_encoder(state, path, meta)
    return [said, f"{count} tensors in {path.resolve()}"]


def convert_foreign(
    file: str,
    out: str,
    network: str | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    bgr: bool = False,
    pretext: str = "supervised",
) -> list[str]:
    """An encoder of another library as an encoder file of this package.

    Args:
        file: The file to convert.
        out: The file to write, .pth or .safetensors.
        network: timm's name of the network; not needed for a ResNet.
        mean: See :func:`normalization_given`.
        std: See :func:`normalization_given`.
        bgr: Whether the network takes blue, green, red.
        pretext: How the encoder was trained.

    Returns:
        What was written, and for which normalisation, a line each.

    Raises:
        InputError: See :func:`import_encoder` and :func:`normalization_given`; ``out``
            is ``file``, or has another ending.
    """
    path = _output(file, out)
    backbone = dict(type="TimmBackbone", model_name=network) if network else None
    seen = normalization_given(mean, std, bgr)
    found = import_encoder(file, backbone, seen, pretext)
    count = write_encoder(found["state_dict"], path, found["meta"])
    values = (" ".join(f"{v:g}" for v in seen[key]) for key in ("mean", "std"))
    return [
        f"{found['meta']['backbone']}: {count} tensors in {path.resolve()}",
        "normalisation: mean {}, std {}, ".format(*values)
        + ("BGR" if seen["bgr"] else "RGB")
        + " (assumed)" * (mean is None),
    ]


def _output(file: str, out: str) -> Path:
    path = Path(out)
    if path.suffix not in (".pth", ".pt", ".safetensors"):
        raise InputError(f"--out ends in .pth or .safetensors, not {out!r}")
    if path.is_dir():
        raise InputError(f"--out {out} is a folder; give the name of a file in it")
    if path.exists() and Path(file).exists() and path.samefile(file):
        raise InputError(f"--out is the file itself, {out}")
    return path


def encoder_of(found: dict, bottleneck: bool = True) -> tuple[dict, dict]:
    """The encoder alone, in the form in which pretraining exports it.

    Args:
        found: What :func:`convert` returns.
        bottleneck: With the code of the inpainting network, where it has one.

    Returns:
        Its state dict without a prefix, and its meta.

    Raises:
        InputError: There is no encoder, or no bottleneck to leave out.
    """
    meta = dict(found["meta"])
    backbone = meta["backbone"]
    if not backbone:
        raise InputError(f"the {meta['source']['network']} has no encoder")
    prefix = "backbone."
    state = {
        key.removeprefix(prefix): value
        for key, value in found["state_dict"].items()
        if key.startswith(prefix)
    }
    if not bottleneck:
        if not backbone.get("bottleneck"):
            raise InputError(f"the {backbone['type']} has no bottleneck to leave out")
        last = max(int(key.split(".")[1]) for key in state)
        state = {k: v for k, v in state.items() if not k.startswith(f"stages.{last}.")}
        meta["backbone"] = dict(backbone, bottleneck=None)
        meta["out_channels"] = (len(state[f"stages.{last - 1}.conv.weight"]),)
        meta["out_strides"] = (2**last,)
    meta["tensors"] = len(state)
    del meta["model"]
    return state, meta


def _describe(meta: dict) -> str:
    source = meta["source"]
    said = [f"{source['kind']}: {source['network']}, {meta['tensors']} tensors"]
    if meta["largest_bias"] is not None:
        said.append(f"biases {meta['biases']} (largest {meta['largest_bias']:.2g})")
    if meta["left_over"]:
        said.append(f"not part of it and left out: {', '.join(meta['left_over'])}")
    if meta["model"] is None:
        said.append("no decoder in the file")
    return "; ".join(said)
