"""A decoder that also sees the encoder's early maps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import conv_block
from ce_plugin.registry import MODELS


@MODELS.register_module()
class UNetDecoder(BaseModule):
    """Transposed 4x4 convolutions with skip connections from the encoder.

    Each one doubles the side of what came from below, together with the encoder's map
    of that size. So the last one still sees, next to a hole, the edges that go into it,
    which a map of a thirty-second of the side has lost. For filling holes, not for
    learning features: what the early maps hand on, the last need not know.

    Args:
        in_channels: Channels of the last map, or of the bottleneck behind it.
        skip_channels: Channels of the encoder's other maps, early ones first. Each has
            half the side of the one before.
        channels: Output channels of each convolution, the last being 3: one more than
            there are skips. By default as many as the skip that is joined next.

    Returns (forward):
        ``(B, 3, *size)``, of any range.

    Raises:
        InputError: No skips, or not one convolution for each map.

    Source: Ronneberger et al. 2015; with transposed 4x4 convolutions and batch norm, as
    here, Isola et al. 2017.

    Example:
        >>> import torch
        >>> decoder = UNetDecoder(64, (16, 32))
        >>> maps = torch.zeros(1, 16, 16, 16), torch.zeros(1, 32, 8, 8)
        >>> decoder(torch.zeros(1, 64, 4, 4), (32, 32), maps).shape
        torch.Size([1, 3, 32, 32])
    """

    takes_skips = True

    def __init__(
        self,
        in_channels: int,
        skip_channels: Sequence[int],
        channels: Sequence[int] | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        skips = list(skip_channels)[::-1]
        channels = [*skips, 3] if channels is None else list(channels)
        if not skips:
            raise InputError(
                "UNetDecoder needs early maps of the encoder; set "
                "model.backbone.out_indices"
            )
        if len(channels) != len(skips) + 1 or channels[-1] != 3:
            raise InputError(
                f"UNetDecoder: {len(skips)} skips take {len(skips) + 1} channels, the "
                f"last of them 3, not {tuple(channels)}"
            )
        self.stages = nn.ModuleList()
        joined = [in_channels, *(a + b for a, b in zip(channels, skips))]
        for c_in, c_out in zip(joined, channels):
            conv = nn.ConvTranspose2d(c_in, c_out, 4, stride=2, padding=1)
            last = len(self.stages) == len(skips)
            act = None if last else nn.ReLU(inplace=True)
            self.stages.append(conv_block(conv, norm=not last, act=act))

    def init_weights(self) -> None:
        if self.init_cfg is not None:
            super().init_weights()
            return
        for stage in self.stages:
            # An output pixel of a strided transposed convolution sees a quarter of the
            # kernel.
            fan = stage.conv.in_channels * 16 / 4
            nn.init.normal_(stage.conv.weight, 0.0, (2 / fan) ** 0.5)
            nn.init.zeros_(stage.conv.bias)

    def forward(
        self, x: Tensor, size: tuple[int, int], skips: Sequence[Tensor]
    ) -> Tensor:
        x = self.stages[0](x)
        for stage, skip in zip(self.stages[1:], reversed(skips), strict=True):
            # Odd sides: half of 7 is 3, and twice 3 is 6.
            x = stage(torch.cat([_resized(x, tuple(skip.shape[-2:])), skip], dim=1))
        return _resized(x, tuple(size))


def _resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    if x.shape[-2:] == size:
        return x
    return F.interpolate(x, size, mode="bilinear", align_corners=False)
