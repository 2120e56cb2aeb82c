"""Preprocesses batches on the device: normalises, hides holes, stacks views."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .draws import fresh_keys, keys_of, normal
from .jitter import jitter_batch

FILLS = ("mean", "noise", "picture")
NOISE_STREAM = 100
"""Stream of the noise in holes, apart from those of the pretext tasks."""


@MODELS.register_module()
class PicturePreprocessor(BaseDataPreprocessor):
    """Normalises pictures, one batch or a list of views.

    Before that it makes of them, on the device, what the dataset has drawn for them
    (:class:`BatchViews`, or for any task :class:`BatchJitter`: colours, blur ...).

    Args:
        mean: Three values, 0..255, in the channel order of the network.
        std: Three values, 0..255, likewise.
        bgr: The network sees blue, green, red (Caffe); pictures come as RGB.
        channels_last: In which layout convolutions then work (they follow their
            input's). The numbers are the same but for rounding; on a CPU a ResNet
            trains faster.

    Returns (forward):
        ``inputs``: (B, 3, H, W) float, or a list of such where the dataset gives
        several views of each picture; ``data_samples``: the batch, or None.

    Raises:
        InputError: Not three values, or a deviation of 0.

    Example:
        >>> prep = PicturePreprocessor((127.5,) * 3, (127.5,) * 3)
        >>> view = torch.full((1, 3, 8, 8), 255, dtype=torch.uint8)
        >>> [x.max().item() for x in prep(dict(inputs=[view, view]))['inputs']]
        [1.0, 1.0]
    """

    def __init__(
        self,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        bgr: bool = False,
        channels_last: bool = False,
    ) -> None:
        super().__init__(non_blocking=True)
        name = type(self).__name__
        for key, values in dict(mean=mean, std=std).items():
            if len(values) != 3:
                raise InputError(f"{name}: {key} has three values")
        if min(std) <= 0:
            raise InputError(f"{name}: std is positive, not {tuple(std)}")
        self.bgr = bgr
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.register_buffer("mean", _constant(mean), persistent=False)
        self.register_buffer("std", _constant(std), persistent=False)

    def normalize(self, pictures: Tensor) -> Tensor:
        """RGB (B, 3, H, W) in 0..255 to the network's channel order and range."""
        if self.bgr:
            pictures = pictures.flip(1)
        return torch.sub(pictures, self.mean).div_(self.std)

    def to_unit(self, pictures: Tensor) -> Tensor:
        """The reverse, for looking and measuring: RGB in [0, 1], clipped."""
        pictures = pictures.float() * self.std + self.mean
        if self.bgr:
            pictures = pictures.flip(1)
        return pictures.div_(255).clamp_(0, 1)

    def forward(self, data: dict, training: bool = False) -> dict:
        data = self.cast_data(_with_keys(data) if training else data)
        pictures, batch = data["inputs"], data.get("data_samples")
        if isinstance(batch, Sequence):
            batch = PretextSample.stack(batch)
        return dict(inputs=self.prepare(pictures, batch), data_samples=batch)

    def prepare(
        self, pictures: Tensor | Sequence[Tensor], batch: PretextSample | None
    ) -> Tensor | list[Tensor]:
        """Changes pictures as the dataset has drawn it for them, and normalises.

        Args:
            pictures: RGB (B, 3, H, W) in 0..255, or a list of such views.
            batch: ``jitter`` in its metainfo is followed, where it is there.
        """
        views = [pictures] if isinstance(pictures, Tensor) else pictures
        draws = None if batch is None else batch.get("jitter")
        if draws is None:
            made = [self._finish(view) for view in views]
        else:
            draws = np.stack(draws)
            made = [
                jitter_batch(view, draws[:, number], self._finish, self.mean.dtype)
                for number, view in enumerate(views)
            ]
        return made[0] if isinstance(pictures, Tensor) else made

    def _finish(self, pictures: Tensor) -> Tensor:
        return self.normalize(pictures).contiguous(memory_format=self.layout)


@MODELS.register_module()
class InpaintingPreprocessor(PicturePreprocessor):
    """Normalises pictures and cuts the holes.

    As :class:`PicturePreprocessor` it first makes of them what the dataset has drawn;
    the target is the picture so changed.

    Args:
        mean: Three values, 0..255, in the channel order of the network.
        std: Three values, 0..255, likewise.
        bgr: The network sees blue, green, red (Caffe); pictures come as RGB.
        fill: What holes are filled with: 'mean'; 'noise', normally distributed around
            it with the deviation ``std``; 'picture', another picture of the batch, and
            'mean' where there is none: outside of training, where what is predicted
            of a picture depends on no other, and in a batch of one; or three values,
            0..255, in the channel order of the network. The released code has (117,
            104, 123) in RGB order, a rotation of the ImageNet mean; compare nothing
            with its weights otherwise.
        one_mask_per_batch: In training every picture gets the first one's mask, as in
            the released random-region code. Otherwise each has its own.
        channels_last: See :class:`PicturePreprocessor`.

    Returns (forward):
        ``inputs``: (B, 3, H, W) float with the holes filled; ``data_samples``: the
        batch with ``target`` (B, 3, H, W), the same without holes, and ``mask``.
        Without masks (feature extraction) nothing is cut.

    Raises:
        InputError: Not three values, a deviation of 0, or an unknown fill.

    Example:
        >>> prep = InpaintingPreprocessor((127.5,) * 3, (127.5,) * 3)
        >>> data = dict(inputs=torch.full((1, 3, 8, 8), 255, dtype=torch.uint8))
        >>> prep(data)['inputs'].max()
        tensor(1.)
    """

    def __init__(
        self,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
        bgr: bool = False,
        fill: str | Sequence[float] = "mean",
        one_mask_per_batch: bool = False,
        channels_last: bool = False,
    ) -> None:
        super().__init__(mean, std, bgr, channels_last)
        named = isinstance(fill, str)
        if fill not in FILLS if named else len(fill) != 3:
            raise InputError(
                f"fill is one of {', '.join(FILLS)}, or three values, not {fill!r}"
            )
        self.one_mask_per_batch = one_mask_per_batch
        self.filler = fill if named else "colour"
        colour = _constant(mean if named else fill)
        self.register_buffer("fill", (colour - self.mean) / self.std, persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        data = self.cast_data(_with_keys(data) if training else data)
        pictures, batch = data["inputs"], data.get("data_samples")
        if isinstance(pictures, Sequence):
            pictures = torch.stack(list(pictures))
        if isinstance(batch, Sequence):
            batch = PretextSample.stack(batch)
        target = self.prepare(pictures, batch)
        if batch is None or "mask" not in batch:
            return dict(inputs=target, data_samples=batch)
        mask = batch.mask
        if self.one_mask_per_batch and training:
            mask = mask[:1].expand_as(mask)
        batch = batch.new()
        batch.set_data(dict(mask=mask, target=target))
        filled = self.cut(target, mask, batch, training)
        return dict(inputs=filled, data_samples=batch)

    def cut(
        self,
        pictures: Tensor,
        mask: Tensor,
        batch: PretextSample,
        training: bool = True,
    ) -> Tensor:
        """Normalised pictures (B, 3, H, W) with the holes (B, 1, H, W) filled.

        Noise is drawn from the samples' keys; outside of training from their index, so
        that a held-out picture always has the same.
        """
        if self.filler == "noise":
            if training or "index" not in batch:
                keys = keys_of(batch, len(pictures), pictures.device)
            else:
                keys = torch.tensor(list(batch.index), device=pictures.device)
            noise = normal(keys, pictures.shape[1:], stream=NOISE_STREAM)
            return torch.where(mask, noise.to(pictures.dtype), pictures)
        if self.filler == "picture" and training and len(pictures) > 1:
            # The next picture of the batch: the statistics of the input stay real.
            return torch.where(mask, pictures.roll(1, dims=0), pictures)
        return torch.where(mask, self.fill.to(pictures.dtype), pictures)


def _with_keys(data: dict) -> dict:
    """Gives each sample a key, from which models draw; on the CPU, as the data is."""
    samples = data.get("data_samples")
    if not isinstance(samples, PretextSample) or "key" in samples:
        return data
    inputs = data["inputs"]
    size = len(inputs if isinstance(inputs, Tensor) else inputs[0])
    keyed = samples.new()
    keyed.key = fresh_keys(size)
    return dict(data, data_samples=keyed)


def _constant(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, 3, 1, 1)
