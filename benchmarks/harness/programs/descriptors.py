"""Hand-made descriptors as encoders, so that they go through the very same probes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import Dataset

from ce_plugin.checkpoints import to_plain, versions, write_encoder
from ce_plugin.registry import MODELS

IMAGES = 1280
_BATCH = 64


@MODELS.register_module()
class DescriptorEncoder(nn.Module):
    """A target of the hole, or plain pixels, averaged on grids; no network.

    To a probe it looks like an encoder: each grid is a layer. Words are counted, and
    the root of the share of each word stands for it (the Hellinger kernel of a linear
    classifier).

    Args:
        target: Config of a target with cells; None for the pixels themselves.
        grids: Cells a side, a layer each; the last one counts as the last layer.
        normalization: What the pictures come in, ``mean`` and ``std`` in 0..255.
        out_indices: Layers to return; all where it is None.

    Returns (forward):
        Tuple of (B, C * n * n).
    """

    def __init__(
        self,
        target: Mapping[str, Any] | None,
        grids: Sequence[int],
        normalization: Mapping[str, Any],
        out_indices: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.target = None if target is None else MODELS.build(dict(target))
        self.grids = tuple(grids)
        self.num_stages = len(self.grids)
        self.out_indices = tuple(out_indices or range(self.num_stages))
        for name in ("mean", "std"):
            value = torch.tensor(normalization[name]).view(1, 3, 1, 1) / 255
            self.register_buffer(name, value)

    def describe(self, pictures: Tensor) -> Tensor:
        """(B, C, h, w) of pictures in [0, 1]."""
        if self.target is None:
            return pictures
        found = self.target(pictures)
        if found.ndim == 3:
            found = F.one_hot(found, self.target.channels).permute(0, 3, 1, 2).float()
        return found

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        described = self.describe((inputs * self.std + self.mean).clamp(0, 1))
        counted = hasattr(self.target, "words")
        layers = []
        for i in self.out_indices:
            cells = F.adaptive_avg_pool2d(described, self.grids[i])
            layers.append((cells.sqrt() if counted else cells).flatten(1))
        return tuple(layers)

    def init_weights(self) -> None:
        """There are none."""


def write_descriptor(
    path: str | Path,
    pictures: Dataset | None,
    seed: int,
    normalization: Mapping[str, Any],
    target: Mapping[str, Any] | None = None,
    grids: Sequence[int] = (1,),
    images: int = IMAGES,
    words: int | None = None,
) -> None:
    """A descriptor, fitted to pictures where it has to be.

    ``cost.json`` beside it has the minutes of the processor that fitting took, reading
    the pictures included, and the numbers that it has learned.

    Args:
        path: File to write, ``encoder.pth``.
        pictures: Dataset of crops of one size that it is fitted to; None without a
            target.
        seed: Seed of the choice of crops and of the codebook.
        normalization: How tasks show it pictures.
        target: See :class:`DescriptorEncoder`.
        grids: Cells a side.
        images: Number of crops that it is fitted to.
        words: Number of words used in place of the target's own.
    """
    began = time.process_time()
    if target is not None and words is not None and "words" in target:
        target = {**target, "words": words}
    settings = dict(target=target, grids=list(grids), normalization=dict(normalization))
    net = DescriptorEncoder(**settings).eval()
    if not getattr(net.target, "ready", True):
        net.target.fit(_batches(pictures, seed, images), seed)
    minutes = (time.process_time() - began) / 60
    learned = 0
    if net.target is not None:
        learned = sum(value.numel() for value in net.target.state_dict().values())
    cost = dict(minutes=minutes, parameters=learned)
    meta = dict(
        backbone=dict(type="ce_plugin.DescriptorEncoder", **settings),
        out_channels=[1] * len(grids),
        out_strides=[1] * len(grids),
        normalization=dict(normalization),
        pretext="descriptor",
        iterations=0,
        seed=seed,
        data=None,
        versions=versions(),
    )
    write_encoder(net.state_dict(), path, to_plain(meta))
    Path(path).with_name("cost.json").write_text(json.dumps(cost))


def _batches(pictures: Dataset, seed: int, images: int) -> list[Tensor]:
    """Crops in [0, 1], drawn by the seed."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(pictures), generator=generator).tolist()
    shown = []
    for number in range(images):
        # More crops than pictures: each is cut anew.
        index, epoch = order[number % len(order)], number // len(order)
        inputs = pictures[(index, seed + epoch)]["inputs"]
        shown.append(inputs if isinstance(inputs, Tensor) else inputs[0])
    return [torch.stack(shown[i : i + _BATCH]) / 255 for i in range(0, images, _BATCH)]
