"""The data sample that travels from the datasets to the pretext tasks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.structures import BaseDataElement


class PretextSample(BaseDataElement):
    """What a pretext task is told about one picture, or about a batch of them.

    Fields hold tensors: ``mask`` (1, H, W) bool, True = hole, and labels where there
    are any; after a prediction also ``input``, ``prediction``, ``composite`` and
    ``target`` (3, H, W) float in [0, 1], RGB. Metainfo holds plain values: ``path``,
    ``index``, ``draw`` (together with the seed they allow the sample to be drawn
    again) and ``skipped``, the paths of unreadable pictures passed over on the way.

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
