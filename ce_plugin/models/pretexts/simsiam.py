"""SimSiam: one view predicts the other, and only the predicting side learns."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import ViewsPretext
from .cross_prediction import cross_prediction


@MODELS.register_module()
class SimSiam(ViewsPretext):
    """Predicts from each view the projection of the other, with no second network.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        hidden_channels: Width inside the projection head; None for the encoder's.
        out_channels: Width of the projections; None for the encoder's.
        predictor_channels: Width inside the prediction head; None for a quarter of the
            projections'.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing.

    Source: Chen and He 2021, "Exploring simple Siamese representation learning"; the
    heads are lightly's.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int | None = None,
        predictor_channels: int | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        out = out_channels or channels
        self.head = heads.SimSiamProjectionHead(
            channels, hidden_channels or channels, out
        )
        self.predictor = heads.SimSiamPredictionHead(
            out, predictor_channels or max(1, out // 4), out
        )

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The loss of two views, each (B, 3, h, w).

        Returns:
            See :func:`~ce_plugin.models.pretexts.cross_prediction.cross_prediction`.
        """
        views = self.check_views(inputs)[:2]
        # One view after the other: each has batch statistics of its own.
        features = [self.embed(x) for x in views]
        projected = [self.head(x) for x in features]
        predicted = [self.predictor(x) for x in projected]
        return cross_prediction(features[0], predicted, projected)
