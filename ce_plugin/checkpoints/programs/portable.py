"""A checkpoint's network with its pre- and postprocessing, ready for export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from ce_plugin.checkpoints.load.encoder import load_encoder
from ce_plugin.checkpoints.load.model import load_model
from ce_plugin.errors import InputError
from ce_plugin.masks.center_region import center_span
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .wrappers import EncoderProgram, GeneratorProgram

_DOES_NOT_TAKE = (InputError, AssertionError, RuntimeError, ValueError)
"""Errors with which networks refuse pictures of a size."""


@dataclass(frozen=True)
class Portable:
    """A network with fixed inputs and outputs.

    Attributes:
        module: Takes the inputs and returns the outputs, in order.
        reference: The same by the network's own way, for comparing.
        inputs: Names.
        outputs: Names.
        size: Side of the square pictures.
        step: By how much sides that are tried differ, in pixels.
        least: Least side where pictures of any size go in, None where only ``size``.
        window: Rows (and columns) of a picture in which a hole may lie, None for all.
        meta: What one has to know to use it, as plain values.
    """

    module: nn.Module
    reference: Callable[..., tuple[Tensor, ...]]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    size: int
    step: int = 1
    least: int | None = None
    window: slice | None = None
    meta: dict = field(default_factory=dict)

    def example(self, batch: int, height: int, width: int) -> tuple[Tensor, ...]:
        """Inputs of noise: pictures in [0, 1], and holes where they belong."""
        generator = torch.Generator().manual_seed(batch)
        picture = torch.rand(batch, 3, height, width, generator=generator)
        if len(self.inputs) == 1:
            return (picture,)
        hole = torch.zeros(batch, 1, height, width)
        window = self.window or slice(None)
        inside = hole[..., window, window]
        inside.copy_(torch.rand(inside.shape, generator=generator) < 0.5)
        return picture, hole


@torch.no_grad()
def portable_generator(path: str | Path, size: int | None = None) -> Portable:
    """The inpainting network of a checkpoint as a :class:`GeneratorProgram`.

    Args:
        path: See :func:`~ce_plugin.checkpoints.load_model`.
        size: Side of the pictures, where the file does not say it.

    Raises:
        InputError: See :func:`~ce_plugin.checkpoints.load_model`; or the size is not
            known or not the network's, or what it does is not the picture's alone.
    """
    model, meta = load_model(path)
    _refuse_noise(model, path)
    if isinstance(model.data_preprocessor, MODELS.get("ce_plugin.SwapPreprocessor")):
        raise InputError(
            f"{path} fills holes from the other pictures of a batch before it "
            "predicts: no program of one picture; export the encoder (--part encoder)"
        )
    size = size or meta["picture_size"]
    if size is None:
        raise InputError(f"{path} does not say the size of its pictures; give --size")
    meta = meta | dict(picture_size=size)
    program = Portable(
        GeneratorProgram(model).eval(),
        _fill(model),
        ("picture", "mask"),
        ("prediction", "composite"),
        size,
        window=center_span(size) if model.window == "center" else None,
        meta=meta,
    )
    try:
        program.module(*program.example(1, size, size))
    except _DOES_NOT_TAKE as error:
        raise _wrong_size(path, size, error) from error
    return program


def _fill(model: nn.Module) -> Callable[[Tensor, Tensor], tuple[Tensor, ...]]:
    def fill(picture: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        data = dict(inputs=picture * 255, data_samples=PretextSample(mask=mask > 0.5))
        filled = model.test_step(data)
        return tuple(
            torch.stack([sample.get(name) for sample in filled])
            for name in ("prediction", "composite")
        )

    return fill


@torch.no_grad()
def portable_encoder(
    path: str | Path,
    size: int | None = None,
    any_size: bool = True,
    normalize: bool = True,
    stages: Sequence[int] | None = None,
) -> Portable:
    """The encoder of a checkpoint as an :class:`EncoderProgram`.

    Args:
        path: See :func:`~ce_plugin.checkpoints.load_encoder`.
        size: Side of the pictures, where only one goes or the file does not say it.
        any_size: Pictures of any height and width, if the network takes them.
        normalize: The program normalises; otherwise it takes normalised pictures, in
            the channel order of the network.
        stages: Which maps, counted from 1; all of the network's by default.

    Raises:
        InputError: See :func:`~ce_plugin.checkpoints.load_encoder`; or there is no such
            stage, the size is not the network's, or the file does not say how pictures
            are normalised.
    """
    encoder, meta = load_encoder(path)
    deepest = max(getattr(encoder, "out_indices", None) or [-1])
    if deepest >= 0:
        encoder, meta = load_encoder(path, out_indices=range(deepest + 1))
    _refuse_noise(encoder, path)
    size = size or meta.get("picture_size") or getattr(encoder, "input_size", 224)
    try:
        shapes = [m.shape for m in _tuple(encoder(torch.zeros(1, 3, size, size)))]
    except _DOES_NOT_TAKE as error:
        raise _wrong_size(path, size, error) from error
    count = len(shapes)
    chosen = range(count) if stages is None else [stage - 1 for stage in stages]
    if not chosen or any(not 0 <= i < count for i in chosen):
        raise InputError(f"stages are 1 to {count}, not {[*(stages or [])]}")
    strides = getattr(encoder, "out_strides", None)
    strides = strides or [round(size / shape[-1]) for shape in shapes]
    step = max(strides)
    least = _least_side(encoder, step) if any_size else None

    preprocessor = _preprocessor(meta, path) if normalize else None
    module = EncoderProgram(encoder, preprocessor, chosen).eval()
    names = tuple(f"c{i + 1}" for i in chosen)

    def maps(picture: Tensor) -> tuple[Tensor, ...]:
        if preprocessor is not None:
            picture = preprocessor(dict(inputs=picture * 255))["inputs"]
        found = _tuple(encoder(picture))
        return tuple(found[i] for i in chosen)

    meta = meta | dict(
        normalized_inputs=not normalize,
        out_channels=[shapes[i][1] for i in chosen],
        out_strides=[strides[i] for i in chosen],
    )
    size = max(size, least or 0)
    return Portable(module, maps, ("picture",), names, size, step, least, meta=meta)


def _tuple(maps: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:
    return (maps,) if isinstance(maps, Tensor) else tuple(maps)


def _least_side(encoder: nn.Module, stride: int) -> int | None:
    """The least side with 2x2 on all maps; None where pictures have one size only.

    A map of a single point is another program to torch than any larger one.
    """
    for side in range(2 * stride, 8 * stride + 1, max(1, stride // 4)):
        try:
            maps = _tuple(encoder(torch.zeros(1, 3, side, side + 1)))
        except _DOES_NOT_TAKE:
            return None
        if min(min(m.shape[-2:]) for m in maps) >= 2:
            return side
    return None


def _preprocessor(meta: dict, path: str | Path) -> nn.Module:
    if not meta.get("normalization"):
        raise InputError(
            f"{path} does not say how its pictures were normalised; give "
            "--no-normalization, and normalise them yourself"
        )
    kind = dict(type="ce_plugin.PicturePreprocessor")
    return MODELS.build(kind | meta["normalization"])


def draws_noise(network: nn.Module) -> bool:
    """Whether a network draws noise on every pass, in holes or beside its code."""
    return any(
        getattr(module, "noise_channels", 0) or getattr(module, "filler", "") == "noise"
        for module in network.modules()
    )


def _refuse_noise(network: nn.Module, path: str | Path) -> None:
    if draws_noise(network):
        raise InputError(
            f"the network of {path} draws noise on every pass, in holes or beside its "
            "code: no program gives the same; of the first kind export the encoder "
            "(--part encoder)"
        )


def _wrong_size(path: str | Path, size: int, error: Exception) -> InputError:
    said = " ".join(str(error).split())
    return InputError(
        f"the network of {path} does not take pictures of {size} pixels ({said:.150}); "
        "give --size"
    )
