"""Rotation: by how many quarters of a turn was the picture turned?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import ViewsPretext, classification_losses

TURNS = 4


@MODELS.register_module()
class RotationPrediction(ViewsPretext):
    """Tells the four rotations of each picture apart.

    All four copies of each picture are in the batch, made on the device from one view:
    B pictures from the loader are 4 B in a step.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Source: Gidaris et al. 2018, "Unsupervised representation learning by predicting
    image rotations", section 2 (four rotations, all in one batch).
    """

    views = 1

    def __init__(
        self,
        backbone: dict | nn.Module,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        self.head = nn.Linear(self.features.out_channels[-1], TURNS)

    @staticmethod
    def rotations(pictures: Tensor) -> tuple[Tensor, Tensor]:
        """All rotations of a batch (B, 3, H, H).

        Returns:
            (4 B, 3, H, H): the pictures as they are, then all of them turned by 90,
            180 and 270 degrees against the clock, and the labels 0, 1, 2, 3 (4 B,).

        Raises:
            InputError: The pictures are not square.
        """
        height, width = pictures.shape[-2:]
        if height != width:
            raise InputError(
                f"RotationPrediction needs square pictures, got {width}x{height}; end "
                "the dataset's transforms with a square crop"
            )
        turned = [torch.rot90(pictures, k, (2, 3)) for k in range(TURNS)]
        labels = torch.arange(TURNS, device=pictures.device)
        return torch.cat(turned), labels.repeat_interleave(len(pictures))

    def loss(
        self, inputs: Tensor | Sequence[Tensor], data_samples: object = None
    ) -> dict[str, Tensor]:
        """Cross entropy of the four rotations of pictures (B, 3, H, H).

        Returns:
            ``loss_rotation``, and ``accuracy`` in [0, 1], for the log.
        """
        turned, labels = self.rotations(self.check_views(inputs)[0])
        scores = self.head(self.embed(turned))
        return classification_losses("loss_rotation", scores, labels)

    @torch.no_grad()
    def predict(
        self,
        inputs: Tensor | Sequence[Tensor],
        data_samples: PretextSample | None = None,
    ) -> list[PretextSample]:
        """For each picture a sample with ``scores`` (4,) of the rotations."""
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(
            dict(scores=self.head(self.embed(self.check_views(inputs)[0])).float())
        )
        return batch.unstack()
