"""VICReg: two views agree; variance and covariance terms keep them from collapsing."""

from __future__ import annotations

from torch import nn

from ce_plugin.models.losses import VICRegLoss
from ce_plugin.registry import MODELS

from .joint_embedding import JointEmbedding


@MODELS.register_module()
class VICReg(JointEmbedding):
    """Brings two views together while each channel keeps to vary on its own.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        hidden_channels: Width inside the projection head; None for four times the
            encoder's.
        out_channels: Width of the projections; None for the same.
        invariance: Weight of the squared distance of the views.
        variance: Weight of what a channel's deviation lacks to 1.
        covariance: Weight of the squared covariances of different channels.
        gather: Variance and covariance are those of the pictures of all processes.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing.

    Source: Bardes et al. 2022, "VICReg: variance-invariance-covariance regularization
    for self-supervised learning"; the head is lightly's. As in the authors' code,
    not the paper, the variance term is the mean of the two views', not their sum.
    """

    loss_name = "loss_vicreg"

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int | None = None,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        gather: bool = True,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        hidden = hidden_channels or 4 * channels
        self.head = heads.VICRegProjectionHead(channels, hidden, out_channels or hidden)
        self.criterion = VICRegLoss(invariance, variance, covariance, gather)
