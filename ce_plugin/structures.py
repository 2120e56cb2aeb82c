"""The data sample that travels from the datasets to the pretext tasks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import torch
from mmengine.structures import BaseDataElement

COLOUR_ORDERS = tuple(permutations(range(4)))
"""Sequences of brightness (0), contrast (1), saturation (2) and hue (3)."""


class JitterDraw(NamedTuple):
    """The jitter of one view on the device, in this order, in plain numbers.

    Attributes:
        flip: 1 for a view mirrored left to right, or 0.
        order: Which of :data:`COLOUR_ORDERS` the next four come in.
        brightness: Factor, 1 for none.
        contrast: Factor about the view's mean grey, 1 for none.
        saturation: Factor about its grey version, 1 for none.
        hue: Turn as a share of the circle, in [-0.5, 0.5].
        grey: 1 for a grey view, or 0.
        sigma: Deviation of the Gaussian blur in pixels, 0 for none.
        solarize: From which value on (0..255) values are inverted; 256 for none.
        solarize_first: 1 if that comes before the blur, or 0.
    """

    flip: float = 0.0
    order: float = 0.0
    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    hue: float = 0.0
    grey: float = 0.0
    sigma: float = 0.0
    solarize: float = 256.0
    solarize_first: float = 0.0


class PretextSample(BaseDataElement):
    """The data sample of a pretext task: of one picture, or of a batch of them.

    Fields hold tensors: ``mask`` (1, H, W) bool, True = hole, and labels where there
    are any; after a prediction also ``input``, ``prediction``, ``composite`` and
    ``target`` (3, H, W) float in [0, 1], RGB. Metainfo holds plain values: ``path``,
    ``index``, ``draw`` (together with the seed they allow the sample to be drawn
    again), ``skipped``, the paths of unreadable pictures passed over on the way, and
    ``jitter``, where there is any: a :class:`JitterDraw` for each view, float64
    (V, 10), which the preprocessor follows. It stays on the CPU, so that what a batch
    needs is known without a look at the device.

    A batch is one sample whose tensors have a leading dimension and whose metainfo
    values are lists: a single tensor crosses the process border far more cheaply than
    one for each picture.
    """

    @classmethod
    def stack(cls, samples: Sequence[PretextSample]) -> PretextSample:
        """One batch of ``samples``, which must have the same fields."""
        batch = cls(
            metainfo={
                key: [sample.metainfo[key] for sample in samples]
                for key in samples[0].metainfo_keys()
            }
        )
        for key, _ in samples[0].items():
            batch.set_data({key: torch.stack([s.get(key) for s in samples])})
        return batch

    def unstack(self) -> list[PretextSample]:
        """The single samples of a batch; their tensors are views."""
        size = len(next(iter(self.values())))
        samples = []
        for i in range(size):
            sample = type(self)(metainfo={k: v[i] for k, v in self.metainfo_items()})
            sample.set_data({key: value[i] for key, value in self.items()})
            samples.append(sample)
        return samples

    def pin_memory(self) -> PretextSample:
        """Pinned copy; the data loader calls it where ``pin_memory=True``."""
        pinned = type(self)(metainfo=self.metainfo)
        pinned.set_data({key: value.pin_memory() for key, value in self.items()})
        return pinned
