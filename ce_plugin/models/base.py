"""Models around an encoder under ``backbone.``: what pretexts and classifiers share."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .backbones.contract import FeatureContract, feature_contract


def build(part: dict | nn.Module | None, **defaults) -> nn.Module | None:
    """A part of a model from its config, or the module as it is."""
    if part is None or isinstance(part, nn.Module):
        return part
    return MODELS.build(part, default_args=defaults or None)


class EncoderModel(BaseModel, ABC):
    """A model around an encoder.

    The encoder lives under ``backbone.``, where OpenMMLab looks for it and from where
    the export takes it.

    Args:
        backbone: An encoder of this package, or one that another mmengine registry
            offers (``type='mmpretrain.ResNet'``).
        data_preprocessor: Config of the preprocessor.
        init_cfg: mmengine initialisation.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(build(data_preprocessor), init_cfg)
        self.backbone = build(backbone)
        if self.backbone is None:
            raise InputError(f"{type(self).__name__} needs a backbone")

    @property
    def features(self) -> FeatureContract:
        """Channels and strides of the encoder's maps."""
        return feature_contract(self.backbone)

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Feature maps of normalised pictures (B, 3, H, W)."""
        if getattr(self.data_preprocessor, "layout", None) == torch.channels_last:
            # Turned, grey or noisy pictures need not keep the preprocessor's layout.
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        maps = self.backbone(inputs)
        return (maps,) if isinstance(maps, Tensor) else tuple(maps)

    @abstractmethod
    def loss(self, inputs: Tensor, data_samples: PretextSample) -> dict[str, Tensor]:
        """Named losses of a batch."""

    @abstractmethod
    def predict(
        self, inputs: Tensor, data_samples: PretextSample
    ) -> list[PretextSample]:
        """The task's prediction for each picture."""

    def forward(
        self,
        inputs: Tensor,
        data_samples: PretextSample | None = None,
        mode: str = "tensor",
    ) -> dict[str, Tensor] | list[PretextSample] | tuple[Tensor, ...]:
        """The loss, the prediction or the features, by ``mode``.

        Args:
            inputs: What the preprocessor hands on, (B, 3, H, W).
            data_samples: The batch's sample, from the preprocessor.
            mode: 'loss' gives named losses, 'predict' a list of samples, 'tensor' the
                encoder's feature maps.

        Raises:
            InputError: An unknown mode.
        """
        if mode == "loss":
            return self.loss(inputs, data_samples)
        if mode == "predict":
            return self.predict(inputs, data_samples)
        if mode == "tensor":
            return self.extract_feat(inputs)
        raise InputError(f"mode is 'loss', 'predict' or 'tensor', not {mode!r}")
