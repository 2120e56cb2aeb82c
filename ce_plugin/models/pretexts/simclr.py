"""SimCLR: the two views of a picture find each other in the batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.models.losses import NTXentLoss
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import ViewsPretext, in_float32


@MODELS.register_module()
class SimCLR(ViewsPretext):
    """Contrasts two views of each picture with all other pictures of the batch.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        hidden_channels: Width inside the projection head; None for the encoder's.
        out_channels: Width of the space in which views are compared.
        temperature: Temperature of the softmax over the batch.
        gather: The pictures of all processes are contrasted, not only the own ones.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing.

    Source: Chen et al. 2020, "A simple framework for contrastive learning of visual
    representations"; the head is lightly's.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int = 128,
        temperature: float = 0.2,
        gather: bool = True,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        self.head = heads.SimCLRProjectionHead(
            channels, hidden_channels or channels, out_channels
        )
        self.criterion = NTXentLoss(temperature, gather=gather)

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The contrastive loss of two views, each (B, 3, h, w).

        Returns:
            ``loss_contrastive``.
        """
        first, second = self.check_views(inputs)[:2]
        # In one pass: the norms see both views, as in the paper.
        projected = self.head(self.embed(torch.cat([first, second])))
        with in_float32(projected) as (projected,):
            loss = self.criterion(*projected.chunk(2))
        return dict(loss_contrastive=loss)
