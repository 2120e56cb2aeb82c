"""An encoder's feature maps: their channels and strides."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from ce_plugin.unwrap import unwrap


class FeatureContract(NamedTuple):
    """Channels and strides of the feature maps that a backbone returns, in order.

    ``out_strides`` are powers of two as far as the network has them: how many input
    pixels one step on the map covers.
    """

    out_channels: tuple[int, ...]
    out_strides: tuple[int, ...]


@torch.no_grad()
def feature_contract(backbone: nn.Module, size: int = 224) -> FeatureContract:
    """The contract of ``backbone``: as it says itself, or found by one dry run.

    Args:
        backbone: Takes (B, 3, H, W), returns a tensor or a sequence of them.
        size: Side of the square picture of the dry run, in pixels.

    Returns:
        One entry a feature map.

    Raises:
        TypeError: The backbone returns something else than feature maps (B, C, h, w).

    Example:
        >>> feature_contract(torch.nn.Conv2d(3, 8, 3, stride=2, padding=1), size=64)
        FeatureContract(out_channels=(8,), out_strides=(2,))
    """
    backbone = unwrap(backbone)
    channels = getattr(backbone, "out_channels", None)
    strides = getattr(backbone, "out_strides", None)
    if isinstance(channels, tuple) and isinstance(strides, tuple):
        return FeatureContract(channels, strides)

    like = next(backbone.parameters(), torch.zeros(()))
    probe = torch.zeros(1, 3, size, size, device=like.device, dtype=like.dtype)
    modes = {m: m.training for m in backbone.modules()}
    backbone.eval()
    maps = backbone(probe)
    for m, training in modes.items():
        m.training = training
    maps = [maps] if isinstance(maps, torch.Tensor) else list(maps)
    if not maps or any(not isinstance(m, torch.Tensor) or m.ndim != 4 for m in maps):
        raise TypeError(
            f"{type(backbone).__name__} returns no feature maps (B, C, h, w); "
            "leave out its head and pooling"
        )
    return FeatureContract(
        tuple(m.shape[1] for m in maps), tuple(round(size / m.shape[-1]) for m in maps)
    )
