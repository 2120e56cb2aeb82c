"""Tasks whose loss compares the projections of two views, seen one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ce_plugin.structures import PretextSample

from .base import ViewsPretext, in_float32


class JointEmbedding(ViewsPretext):
    """Base class; subclasses build ``head`` and ``criterion``.

    Attributes:
        loss_name: The name of the loss.
    """

    loss_name: str

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The loss of two views, each (B, 3, h, w), under ``loss_name``."""
        # One view after the other: each has batch statistics of its own.
        views = self.check_views(inputs)[:2]
        projected = [self.head(self.embed(x)) for x in views]
        with in_float32(*projected) as projected:
            loss = self.criterion(*projected)
        return {self.loss_name: loss}
