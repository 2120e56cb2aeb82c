"""Relative location: where does one patch lie, seen from another?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import ViewsPretext, classification_losses

NEIGHBOURS = 8


@MODELS.register_module()
class RelativeLocation(ViewsPretext):
    """Tells at which of eight places around the centre patch another patch lies.

    The dataset gives the nine patches of a grid as views: the centre, then its
    neighbours in reading order from the top left, so that the label of a neighbour is
    its place in the list. All nine go through the encoder in one pass: a batch norm
    that saw one place at a time would take away what tells the places apart.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        hidden_channels: Width inside the head, which sees both patches' features.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: (loss) The dataset gives not nine patches.

    Source: Doersch et al. 2015, "Unsupervised visual representation learning by context
    prediction", section 3. Two encoders with shared weights as there; the head is of
    two layers, where the paper's AlexNet has fc6 to fc8.
    """

    views = 1 + NEIGHBOURS

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int = 512,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels[-1]
        self.head = nn.Sequential(
            nn.Linear(2 * channels, hidden_channels, bias=False),
            nn.BatchNorm1d(hidden_channels),
            nn.ReLU(inplace=True),
            nn.Linear(hidden_channels, NEIGHBOURS),
        )

    def scores(self, patches: Sequence[Tensor]) -> Tensor:
        """Scores of all pairs.

        Args:
            patches: The centre and its eight neighbours, each (B, 3, h, h).

        Returns:
            (8 B, 8): the first neighbour of all pictures, then the second, and so on.
        """
        if isinstance(patches, Tensor) or len(patches) != self.views:
            raise InputError(
                f"RelativeLocation needs {self.views} patches of each picture; end the "
                "dataset's transforms with dict(type='RelativeLocationPatches', "
                "size=...)"
            )
        features = self.embed(torch.cat(list(patches)))
        centre, others = features.split([len(patches[0]), NEIGHBOURS * len(patches[0])])
        return self.head(torch.cat([centre.repeat(NEIGHBOURS, 1), others], dim=1))

    def loss(
        self, inputs: Sequence[Tensor], data_samples: object = None
    ) -> dict[str, Tensor]:
        """Cross entropy of the eight pairs of each picture.

        Returns:
            ``loss_location``, and ``accuracy`` in [0, 1], for the log.
        """
        scores = self.scores(inputs)
        labels = torch.arange(NEIGHBOURS, device=scores.device)
        labels = labels.repeat_interleave(len(scores) // NEIGHBOURS)
        return classification_losses("loss_location", scores, labels)

    @torch.no_grad()
    def predict(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> list[PretextSample]:
        """For each picture a sample with ``scores`` (8, 8): [neighbour, place]."""
        scores = self.scores(inputs).float()
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(
            dict(scores=scores.unflatten(0, (NEIGHBOURS, -1)).transpose(0, 1))
        )
        return batch.unstack()
