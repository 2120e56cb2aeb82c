"""VICReg: two views agree; variance and covariance terms keep them from collapsing."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ce_plugin.models.losses import VICRegLoss
from ce_plugin.optional import require
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import ViewsPretext, in_float32


@MODELS.register_module()
class VICReg(ViewsPretext):
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
        super().__init__(
            backbone,
            data_preprocessor or dict(type="ce_plugin.PicturePreprocessor"),
            init_cfg,
        )
        channels = self.features.out_channels[-1]
        heads = require("lightly.models.modules.heads", "VICReg", "lightly")
        hidden = hidden_channels or 4 * channels
        self.head = heads.VICRegProjectionHead(channels, hidden, out_channels or hidden)
        self.criterion = VICRegLoss(invariance, variance, covariance, gather)

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The loss of two views, each (B, 3, h, w).

        Returns:
            ``loss_vicreg``, the weighted sum of the three terms.
        """
        # One view after the other: each has batch statistics of its own.
        views = self.check_views(inputs)[:2]
        projected = [self.head(self.embed(x)) for x in views]
        with in_float32(*projected) as projected:
            loss = self.criterion(*projected)
        return dict(loss_vicreg=loss)
