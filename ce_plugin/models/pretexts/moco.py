"""MoCo v2: a view finds its picture's other view among many that went before."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.models.losses import NTXentLoss
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import in_float32
from .momentum_views import MomentumViews


@MODELS.register_module()
class MoCo(MomentumViews):
    """Contrasts each picture's two views with a queue of other pictures' views.

    The views of the second kind, and the queue, come from a momentum network.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        hidden_channels: Width inside the projection head; None for the encoder's.
        out_channels: Width of the space in which views are compared.
        queue: Views in the queue.
        momentum: Momentum of the network that follows, in [0, 1].
        temperature: Temperature of the softmax over the queue.
        gather: The views of all processes go into the queue, the same one everywhere.
        shuffle: The momentum network sees each picture beside other pictures than the
            encoder did, in another process or in another of the ``groups``: the two
            views' batch statistics would otherwise give away that they belong together.
        groups: Views go through the encoder in so many groups, each with its own batch
            statistics: a single process would have but one, and nothing to shuffle.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing, or ``groups`` is below 1.

    Source: He et al. 2020, "Momentum contrast for unsupervised visual representation
    learning"; Chen et al. 2020, "Improved baselines with momentum contrastive
    learning"; the head is lightly's.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int = 128,
        queue: int = 65536,
        momentum: float = 0.999,
        temperature: float = 0.2,
        gather: bool = True,
        shuffle: bool = True,
        groups: int = 1,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        self.set_groups(groups, shuffle)
        self.momentum = momentum
        self.head = heads.MoCoProjectionHead(
            channels, hidden_channels or channels, out_channels
        )
        self.criterion = NTXentLoss(temperature, (queue, out_channels), gather)
        self.add_followers()

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The contrastive loss of two views, each (B, 3, h, w).

        Returns:
            ``loss_contrastive``.
        """
        first, second = self.check_views(inputs)[:2]
        self.follow(self.momentum)
        with torch.no_grad():
            seen = self.among_others(self.embed_momentum, second, data_samples)
            keys = self.head_momentum(seen)
        queries = self.head(self.in_groups(self.embed, first))
        with in_float32(queries, keys) as (queries, keys):
            loss = self.criterion(queries, keys)
        return dict(loss_contrastive=loss)
