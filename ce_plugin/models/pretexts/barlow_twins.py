"""Barlow Twins: the channels of two views agree, and differ among themselves."""

from __future__ import annotations

from torch import nn

from ce_plugin.registry import MODELS

from .joint_embedding import JointEmbedding


@MODELS.register_module()
class BarlowTwins(JointEmbedding):
    """Makes the cross-correlation of two views' channels the identity.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        hidden_channels: Width inside the projection head; None for four times the
            encoder's.
        out_channels: Width of the projections; None for the same.
        redundancy: Weight of the channels' correlations with each other.
        gather: The correlation is that of the pictures of all processes. Each process
            still normalises its own projections by its own batch, as lightly's loss
            does, where the paper's code takes the statistics of all.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing.

    Source: Zbontar et al. 2021, "Barlow Twins: self-supervised learning via redundancy
    reduction"; head and loss are lightly's.
    """

    loss_name = "loss_correlation"

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int | None = None,
        redundancy: float = 5e-3,
        gather: bool = True,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        losses = self.lightly("loss")
        hidden = hidden_channels or 4 * channels
        self.head = heads.BarlowTwinsProjectionHead(
            channels, hidden, out_channels or hidden
        )
        self.criterion = losses.BarlowTwinsLoss(redundancy, gather)
