"""DenseCL: positions of a view find the ones like them in the picture's other view."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.losses import NTXentLoss
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import in_float32
from .momentum_views import MomentumViews


@MODELS.register_module()
class DenseCL(MomentumViews):
    """MoCo on whole views and on positions of the encoder's map.

    Each position of the first view is compared with the one of the second whose
    encoder features are most like its own.

    Args:
        backbone: The encoder.
        hidden_channels: Width inside both projection heads; None for the encoder's.
        out_channels: Width of the spaces in which views and positions are compared.
        queue: Entries of each of the two queues.
        momentum: Momentum of the network that follows, in [0, 1].
        temperature: Temperature of the softmax over a queue.
        dense_weight: Weight of the positions' loss, in [0, 1]; views have the rest.
        gather: The entries of all processes go into the queues.
        shuffle: See :class:`MoCo`.
        groups: See :class:`MoCo`.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing, ``groups`` is below 1 or ``dense_weight`` not
            in [0, 1].

    Source: Wang et al. 2021, "Dense contrastive learning for self-supervised visual
    pre-training"; heads and correspondence are lightly's. The queue of
    positions takes all positions of a batch, as in lightly's own example, where the
    paper's takes their mean over each picture.
    """

    followed = ("backbone", "head", "dense_head")

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int = 128,
        queue: int = 65536,
        momentum: float = 0.999,
        temperature: float = 0.2,
        dense_weight: float = 0.5,
        gather: bool = True,
        shuffle: bool = True,
        groups: int = 1,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        self.set_groups(groups, shuffle)
        if not 0 <= dense_weight <= 1:
            raise InputError(
                f"DenseCL: dense_weight is a number from 0 to 1, not {dense_weight}"
            )
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        self.momentum, self.dense_weight = momentum, dense_weight
        widths = channels, hidden_channels or channels, out_channels
        self.head = heads.DenseCLProjectionHead(*widths)
        self.dense_head = heads.DenseCLProjectionHead(*widths)
        self.criterion, self.dense_criterion = (
            NTXentLoss(temperature, (queue, out_channels), gather) for _ in range(2)
        )
        self.add_followers()

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The contrastive losses of two views, each (B, 3, h, w).

        Returns:
            ``loss_contrastive`` of the views and ``loss_dense`` of their positions,
            both weighted.
        """
        match = self.lightly("models.utils")
        first, second = self.check_views(inputs)[:2]
        self.follow(self.momentum)
        with torch.no_grad():
            map_k = self.among_others(self.map_momentum, second, data_samples)
            seen = map_k.flatten(2).mT
            keys = self.head_momentum(map_k.mean(dim=(2, 3)))
            dense_keys = self.dense_head_momentum(seen)
        map_q = self.in_groups(lambda x: self.extract_feat(x)[-1], first)
        positions = map_q.flatten(2).mT
        queries = self.head(map_q.mean(dim=(2, 3)))
        dense_queries = self.dense_head(positions)
        with in_float32(
            queries, keys, dense_queries, dense_keys, positions.detach(), seen
        ) as (q, k, dense_q, dense_k, positions, seen):
            views = self.criterion(q, k)
            dense_k = match.select_most_similar(positions, seen, dense_k)
            dense = self.dense_criterion(dense_q.flatten(0, 1), dense_k.flatten(0, 1))
        return dict(
            loss_contrastive=(1 - self.dense_weight) * views,
            loss_dense=self.dense_weight * dense,
        )
