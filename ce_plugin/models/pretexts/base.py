"""What tells a pretext task from other models around an encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import torch
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.models.base import EncoderModel
from ce_plugin.models.layers import full_precision
from ce_plugin.structures import PretextSample


class Pretext(EncoderModel):
    """Base class of the pretext tasks: models whose encoder is what is wanted.

    Their checkpoints say what encoder they hold, so that a detector can start from one.

    Attributes:
        progress: Share of the training that is done, in [0, 1); the loop sets it before
            each step. Schedules of momentum and temperature read it, so that they need
            no count of their own that a resumed run would have lost.
    """

    progress: float = 0.0
    # In memory of the device, where a recorded step reads them anew.
    held: Mapping[str, Tensor] = MappingProxyType({})

    def schedule(self) -> dict[str, float]:
        """Numbers of the step that change with ``progress``, by name."""
        return {}

    def scheduled(self, name: str) -> float | Tensor:
        """One number of the :meth:`schedule`; a tensor () where it is held."""
        return self.held[name] if name in self.held else self.schedule()[name]

    def phase(self) -> tuple:
        """What else decides what a step does: where it changes, another is recorded."""
        return ()


class ViewsPretext(Pretext):
    """Base class of the tasks that compare views of a picture.

    ``inputs`` is a list of views, each (B, 3, h, w), or a single batch where
    predictions are asked for.

    Attributes:
        views: How many views the task needs at least.
    """

    views = 2

    def embed(self, pictures: Tensor) -> Tensor:
        """The last map's mean over all positions, (B, C)."""
        return self.extract_feat(pictures)[-1].mean(dim=(2, 3))

    def check_views(self, inputs: Tensor | Sequence[Tensor]) -> list[Tensor]:
        """``inputs`` as a list of views.

        Raises:
            InputError: Fewer than the task needs.
        """
        views = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if len(views) < self.views:
            raise InputError(
                f"{type(self).__name__} needs {self.views} views of each picture, the "
                f"dataset gives {len(views)}; end its transforms with one that makes "
                "views, such as dict(type='BatchViews', method='SimCLR')"
            )
        return views

    @torch.no_grad()
    def predict(
        self, inputs: Tensor | Sequence[Tensor], data_samples: PretextSample | None
    ) -> list[PretextSample]:
        """The embedding of each picture.

        Returns:
            For each picture a sample with ``embedding`` (C,), of the first view.
        """
        first = inputs if isinstance(inputs, Tensor) else inputs[0]
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(dict(embedding=self.embed(first)))
        return batch.unstack()


@contextmanager
def in_float32(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """``tensors`` in float32 at least, and no mixed precision inside.

    Similarities and their softmax lose what they are about in 16 bits.

    Example:
        >>> with in_float32(torch.zeros(2, dtype=torch.bfloat16)) as (x,):
        ...     print(x.dtype)
        torch.float32
    """
    with torch.autocast(tensors[0].device.type, enabled=False):
        yield tuple(full_precision(x) for x in tensors)
