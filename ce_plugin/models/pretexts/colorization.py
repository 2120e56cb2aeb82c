"""Colorization: which colours has a grey picture lost?"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.color.bins import ColourBins
from ce_plugin.models.color.lab import lab_to_rgb, rgb_to_lab
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import Pretext, in_float32


@MODELS.register_module()
class Colorization(Pretext):
    """Predicts the colour of each part of a picture from its lightness.

    The encoder is shown L of Lab as a grey picture of three equal channels, normalised
    like any other picture, so that it takes coloured ones downstream. A head of
    up-convolutions gives each bin of a and b a score, at a quarter of the picture's
    resolution.

    Args:
        backbone: The encoder; its last map goes on.
        channels: Width of the head's layers.
        rebalance: Lambda of the class rebalancing, in (0, 1]: 1 weighs all colours
            equally, less weighs rare ones up (paper: .5). See :class:`ColourBins`.
        temperature: Temperature of the annealed mean that makes pictures of scores, in
            (0, 1].
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: A number out of range.

    Source: Zhang et al. 2016, "Colorful image colorization", sections 2.1 to 2.3. A
    pixel's target is its nearest bin alone, where the paper spreads it over five.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        channels: int = 128,
        rebalance: float = 0.5,
        temperature: float = 0.38,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        if not 0 < rebalance <= 1 or not 0 < temperature <= 1:
            raise InputError(
                "Colorization: rebalance and temperature are above 0 and at most 1, "
                f"not {rebalance} and {temperature}"
            )
        self.temperature = temperature
        self.bins = ColourBins(rebalance)
        width, stride = self.features.out_channels[-1], self.features.out_strides[-1]
        layers: list[nn.Module] = []
        for _ in range(max(0, round(math.log2(stride / 4)))):
            layers += [
                nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            ]
            width = channels
        self.head = nn.Sequential(*layers, nn.Conv2d(width, len(self.bins), 1))

    def lab(self, pictures: Tensor) -> Tensor:
        """Lab of normalised pictures, (B, 3, H, W)."""
        with in_float32(pictures) as (full,):
            return rgb_to_lab(self.data_preprocessor.to_unit(full))

    def grey(self, lab: Tensor) -> Tensor:
        """What the encoder is shown: L as a grey picture, normalised, (B, 3, H, W)."""
        return self.data_preprocessor.normalize((2.55 * lab[:, :1]).expand_as(lab))

    def scores(self, grey: Tensor) -> Tensor:
        """Scores of the bins, (B, Q, h, w)."""
        return self.head(self.extract_feat(grey)[-1])

    def loss(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """Cross entropy of the colours' bins, rare ones weighed up.

        Returns:
            ``loss_colour``, and ``accuracy`` in [0, 1], for the log.
        """
        lab = self.lab(inputs)
        raw = self.scores(self.grey(lab))
        with in_float32(raw) as (scores,):
            colours = F.interpolate(lab[:, 1:], raw.shape[-2:], mode="area")
            classes = self.bins.classify(colours)
            if self.training:
                self.bins.count(classes)
            # Pixels as a batch: of maps a GPU has no kernel that repeats bit for bit.
            flat, bins = scores.movedim(1, -1).flatten(0, 2), classes.flatten()
            error = F.cross_entropy(flat, bins, reduction="none")
            loss = (self.bins.weights()[bins] * error).mean()
        accuracy = (raw.argmax(1) == classes).float().mean()
        return dict(loss_colour=loss, accuracy=accuracy)

    @torch.no_grad()
    def predict(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> list[PretextSample]:
        """Coloured pictures: the annealed mean of the scores under the true L.

        Returns:
            For each picture a sample with, in [0, 1] and RGB, ``input`` (grey),
            ``prediction``, ``composite`` (the same) and ``target``, all (3, H, W), and
            an empty ``mask`` (1, H, W).
        """
        lab = self.lab(inputs)
        grey = self.grey(lab)
        unit = self.data_preprocessor.to_unit
        with in_float32(self.scores(grey)) as (scores,):
            colours = self.bins.expected(scores, self.temperature)
            colours = F.interpolate(
                colours, lab.shape[-2:], mode="bilinear", align_corners=False
            )
            coloured = lab_to_rgb(torch.cat([lab[:, :1], colours], dim=1))
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(
            dict(
                input=unit(grey),
                prediction=coloured,
                composite=coloured,
                target=unit(inputs),
                mask=torch.zeros_like(inputs[:, :1], dtype=torch.bool),
            )
        )
        return batch.unstack()
