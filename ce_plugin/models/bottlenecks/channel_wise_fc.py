"""The paper's channel-wise fully connected layer."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import init_gaussian
from ce_plugin.registry import MODELS

ACTIVATIONS = {"relu": lambda: nn.ReLU(inplace=True), "none": nn.Identity}


@MODELS.register_module()
class ChannelWiseFC(BaseModule):
    """A full connection within each channel, then a 1x1 convolution across them.

    Every channel's n x n map passes through its own n^2 x n^2 matrix: C n^4 weights in
    place of C^2 n^4. Channels meet only in the mixing convolution. The weights have the
    layout of the grouped convolution (kernel n, C groups, C n^2 outputs) that the
    authors used, so that Caffe weights load as they are; the computation is one batched
    matrix product.

    Args:
        in_channels: C, channels of the encoder's last map (paper: 256).
        size: n, side of that map (paper: 6).
        bias: A bias for each output (Caffe's default).
        dropout: Share of this layer's outputs that are dropped while training
            (paper: .5; nowhere else in the network).
        activation: 'none' or 'relu', straight after the layer.
        mix: The 1x1 convolution C to C that lets channels exchange information.
        mix_activation: 'relu' or 'none', after the mixing convolution.

    Returns (forward):
        (B, C, n, n), as the input.

    Raises:
        InputError: The map is not n x n, or an argument is out of range.

    Source: paper section 3.1. With C = 256, n = 6: 331,776 weights, 340,992 with bias.

    Example:
        >>> ChannelWiseFC(256, 6)(torch.zeros(2, 256, 6, 6)).shape
        torch.Size([2, 256, 6, 6])
    """

    def __init__(
        self,
        in_channels: int,
        size: int,
        bias: bool = True,
        dropout: float = 0.5,
        activation: str = "none",
        mix: bool = True,
        mix_activation: str = "relu",
        init_std: float = 0.005,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not 0 <= dropout < 1:
            raise InputError(f"ChannelWiseFC: dropout is in [0, 1), not {dropout}")
        for name in (activation, mix_activation):
            if name not in ACTIVATIONS:
                raise InputError(
                    f"ChannelWiseFC: no activation {name!r}; {[*ACTIVATIONS]}"
                )
        self.in_channels = self.out_channels = in_channels
        self.size, self.init_std = size, init_std
        n = size * size
        self.weight = nn.Parameter(torch.empty(in_channels * n, 1, size, size))
        self.bias = nn.Parameter(torch.zeros(in_channels * n)) if bias else None
        nn.init.normal_(self.weight, 0.0, init_std)
        self.act = ACTIVATIONS[activation]()
        self.dropout = nn.Dropout(dropout)
        self.mix = nn.Conv2d(in_channels, in_channels, 1) if mix else nn.Identity()
        self.mix_act = ACTIVATIONS[mix_activation]() if mix else nn.Identity()

    def init_weights(self) -> None:
        if self.init_cfg is not None:
            super().init_weights()
            return
        nn.init.normal_(self.weight, 0.0, self.init_std)
        if self.bias is not None:
            nn.init.zeros_(self.bias)
        init_gaussian(self.mix)

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        if (c, h, w) != (self.in_channels, self.size, self.size):
            raise InputError(
                f"ChannelWiseFC is built for maps {self.in_channels}x{self.size}x"
                f"{self.size} but got {c}x{h}x{w}; set `size` to the encoder's last map"
            )
        n = h * w
        weight = self.weight.view(c, n, n)
        y = torch.bmm(x.reshape(b, c, n).transpose(0, 1), weight.transpose(1, 2))
        y = y.transpose(0, 1).reshape(b, c * n)
        if self.bias is not None:
            y = y + self.bias
        return self.mix_act(self.mix(self.dropout(self.act(y.view(b, c, h, w)))))
