"""Features of a network as the target: one that follows the encoder, or a fixed one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.backbones.contract import feature_contract
from ce_plugin.models.layers import full_precision
from ce_plugin.models.momentum import cosine, follow, follower
from ce_plugin.registry import MODELS
from ce_plugin.unwrap import unwrap

from .base import Target
from .compare import cosine_distance, info_nce, squared_error

COMPARISONS = dict(l2=squared_error, cosine=cosine_distance, infonce=info_nce)


class NetworkFeatures(Target):
    """Base class of the targets that are a network's map of the whole picture.

    Every position's features have mean 0 and deviation 1 over channels, so that no
    channel's size decides.

    Args:
        stage: Which of the network's maps; -1 is the last.
        comparison: 'l2', 'cosine' or 'infonce'.

    Raises:
        InputError: An unknown comparison.
    """

    def __init__(self, stage: int, comparison: str) -> None:
        super().__init__()
        if comparison not in COMPARISONS:
            raise InputError(
                f"{type(self).__name__}: comparison is one of "
                f"{', '.join(COMPARISONS)}, not {comparison!r}"
            )
        self.stage, self.comparison = stage, comparison

    def take(
        self,
        network: nn.Module,
        mean: Sequence[float],
        std: Sequence[float],
        bgr: bool,
    ) -> None:
        """Makes ``network`` the one whose features are the target.

        Args:
            network: An encoder.
            mean: Mean of the pictures, 0..255, in the network's channel order.
            std: Standard deviation of the pictures, in the same order and range.
            bgr: The network sees blue, green, red.

        Raises:
            InputError: The network has no such stage.
        """
        contract = feature_contract(network)
        maps = len(contract.out_channels)
        if not -maps <= self.stage < maps:
            raise InputError(
                f"{type(self).__name__}: its network returns {maps} maps, there is no "
                f"stage {self.stage}; set the network's out_indices"
            )
        self.cell = contract.out_strides[self.stage]
        self.channels = contract.out_channels[self.stage]
        self.bgr = bgr
        for name, values in dict(picture_mean=mean, picture_std=std).items():
            values = torch.tensor(list(values)).view(1, 3, 1, 1) / 255
            self.register_buffer(name, values, persistent=False)
        self.network = network.requires_grad_(False)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Features (B, C, h, w) of pictures in [0, 1], normalised over channels.

        Raises:
            InputError: The pictures' sides are no multiples of the network's stride.
        """
        self.grid(pictures)
        if self.bgr:
            pictures = pictures.flip(1)
        maps = self.network((pictures - self.picture_mean) / self.picture_std)
        features = maps if isinstance(maps, Tensor) else maps[self.stage]
        features = full_precision(features).permute(0, 2, 3, 1)
        return F.layer_norm(features, features.shape[-1:]).permute(0, 3, 1, 2)

    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """The loss named by ``comparison``."""
        return COMPARISONS[self.comparison](prediction, target, weight)

    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """Three fixed random directions of the features as red, green and blue."""
        generator = torch.Generator().manual_seed(0)
        axes = torch.randn(described.shape[1], 3, generator=generator)
        axes = torch.linalg.qr(axes).Q.to(full_precision(described))
        colours = torch.einsum("bchw,cn->bnhw", full_precision(described), axes)
        return F.interpolate(torch.sigmoid(colours), size, mode="nearest")


@MODELS.register_module()
class AveragedTeacher(NetworkFeatures):
    """Features of a running average of the encoder itself.

    The average sees whole pictures; its batch norms take the batch's statistics while
    training, as the encoder's do.

    Args:
        stage: Which of the encoder's maps; -1 is the last.
        comparison: 'l2', 'cosine' or 'infonce'.
        momentum: Momentum of the average at the start; it rises to 1 along half a
            cosine.

    Raises:
        InputError: An unknown comparison, or a momentum outside [0, 1].

    Source: Baevski et al. 2022, "data2vec"; Assran et al. 2023, "I-JEPA"; momentum as
    in Grill et al. 2020.
    """

    def __init__(
        self, stage: int = -1, comparison: str = "l2", momentum: float = 0.99
    ) -> None:
        super().__init__(stage, comparison)
        if not 0 <= momentum <= 1:
            raise InputError(f"AveragedTeacher: momentum is in [0, 1], not {momentum}")
        self.momentum = momentum

    def attach(self, backbone: nn.Module, preprocessor: nn.Module) -> None:
        flat = preprocessor.mean.flatten().tolist(), preprocessor.std.flatten().tolist()
        self.take(follower(backbone), *flat, preprocessor.bgr)

    def restart(self, backbone: nn.Module) -> None:
        self.network.load_state_dict(unwrap(backbone).state_dict())

    def momentum_at(self, progress: float) -> float:
        return cosine(self.momentum, 1.0, progress)

    def follow(self, backbone: nn.Module, momentum: float | Tensor) -> None:
        follow(backbone, self.network, momentum)


@MODELS.register_module()
class FixedNetwork(NetworkFeatures):
    """Features of an encoder from a file; it is never trained.

    Args:
        checkpoint: An ``encoder.pth`` of this package, which says what network it is
            and what pictures it wants.
        stage: Which of its maps; -1 is the last.
        comparison: 'l2', 'cosine' or 'infonce'.

    Raises:
        InputError: The file is no encoder of this package, or the comparison unknown.

    Source: distillation of features, Romero et al. 2015, "FitNets"; for masked pictures
    Wei et al. 2022, "MVP".
    """

    def __init__(
        self, checkpoint: str, stage: int = -1, comparison: str = "cosine"
    ) -> None:
        from ce_plugin.checkpoints import load_encoder

        super().__init__(stage, comparison)
        network, meta = load_encoder(checkpoint)
        wants = meta["normalization"]
        self.take(network.eval(), wants["mean"], wants["std"], wants["bgr"])

    def train(self, mode: bool = True) -> FixedNetwork:
        """Sets the mode; the network stays in evaluation mode."""
        super().train(mode)
        self.network.eval()
        return self
