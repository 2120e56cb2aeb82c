"""BYOL: one view predicts what a slow copy of the network makes of the other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.models.momentum import cosine
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .cross_prediction import cross_prediction
from .momentum_views import MomentumViews


@MODELS.register_module()
class BYOL(MomentumViews):
    """Predicts from each view the momentum network's projection of the other.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        hidden_channels: Width inside both heads; None for twice the encoder's.
        out_channels: Width of the projections.
        momentum: Momentum of the network that follows, at the start; it reaches 1 at
            the end of the training along half a cosine.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing.

    Source: Grill et al. 2020, "Bootstrap your own latent"; heads are lightly's.
    The loss is the mean negative cosine of both directions, where the paper
    has the sum of 2 - 2 cosine: a quarter of its gradient.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int = 256,
        momentum: float = 0.996,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        self.momentum = momentum
        hidden = hidden_channels or 2 * channels
        self.head = heads.BYOLProjectionHead(channels, hidden, out_channels)
        self.predictor = heads.BYOLPredictionHead(out_channels, hidden, out_channels)
        self.add_followers()

    def schedule(self) -> dict[str, float]:
        """The momentum."""
        return dict(momentum=cosine(self.momentum, 1.0, self.progress))

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The loss of two views, each (B, 3, h, w).

        Returns:
            See :func:`~ce_plugin.models.pretexts.cross_prediction.cross_prediction`.
        """
        views = self.check_views(inputs)[:2]
        self.follow(self.scheduled("momentum"))
        with torch.no_grad():
            targets = [self.head_momentum(self.embed_momentum(x)) for x in views]
        # One view after the other: each has batch statistics of its own.
        features = [self.embed(x) for x in views]
        predicted = [self.predictor(self.head(x)) for x in features]
        return cross_prediction(features[0], predicted, targets)
