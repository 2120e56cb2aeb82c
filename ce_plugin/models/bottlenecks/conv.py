"""A bottleneck of one convolution."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import FullMapConv2d, init_dcgan, leaky_relu
from ce_plugin.registry import MODELS


@MODELS.register_module()
class ConvBottleneck(BaseModule):
    """Convolution, batch norm and LeakyReLU(.2) between encoder and decoder.

    With a kernel as large as the map it is the released code's bottleneck: every unit
    sees the whole map, and no channel-wise layer is needed.

    Args:
        in_channels: Channels of the encoder's last map.
        out_channels: Width of the bottleneck (released code: 4000).
        kernel_size: Side of the kernel; 1 keeps the map's size, 4 takes 4x4 to 1x1.
        norm: Batch norm after the convolution.
        noise_channels: Width of the random vector that is put beside the code, 0 for
            none (the released ``noiseGen``; the paper found that it hurts). Only where
            the output is 1x1.
        noise: 'normal' or 'uniform' (-1 to 1).
        bias: A bias in the convolution; None for one only where no norm follows.

    Returns (forward):
        (B, out_channels + noise_channels, h - kernel_size + 1, w - kernel_size + 1).

    Raises:
        InputError: A width or noise that cannot be.

    Example:
        >>> ConvBottleneck(512, 4000, 4)(torch.zeros(2, 512, 4, 4)).shape
        torch.Size([2, 4000, 1, 1])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 4000,
        kernel_size: int = 1,
        norm: bool = True,
        noise_channels: int = 0,
        noise: str = "normal",
        bias: bool | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if min(in_channels, out_channels, kernel_size) < 1 or noise_channels < 0:
            raise InputError(
                "ConvBottleneck: channels and kernel_size must be positive"
            )
        if noise not in ("normal", "uniform"):
            raise InputError(f"noise is 'normal' or 'uniform', not {noise!r}")
        self.noise, self.noise_channels = noise, noise_channels
        self.out_channels = out_channels + noise_channels
        bias = not norm if bias is None else bias
        self.conv = FullMapConv2d(in_channels, out_channels, kernel_size, bias=bias)
        if noise_channels:
            self.noise_conv = nn.Conv2d(noise_channels, noise_channels, 1, bias=False)
        if norm:
            self.norm = nn.BatchNorm2d(self.out_channels)
        else:
            self.norm = nn.Identity()
        self.act = leaky_relu()

    def init_weights(self) -> None:
        if self.init_cfg is None:
            init_dcgan(self)
        else:
            super().init_weights()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.noise_channels:
            z = x.new_empty(len(x), self.noise_channels, 1, 1)
            z = z.normal_() if self.noise == "normal" else z.uniform_(-1, 1)
            x = torch.cat([x, self.noise_conv(z)], dim=1)
        return self.act(self.norm(x))
