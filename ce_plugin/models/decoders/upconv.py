"""The decoder of the paper's feature network."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import init_dcgan, init_gaussian
from ce_plugin.registry import MODELS

NORMS = {"none": nn.Identity, "bn": nn.BatchNorm2d}


@MODELS.register_module()
class UpConvDecoder(BaseModule):
    """Up-convolutions from an encoder's map to a picture, then a resize to its size.

    With the defaults and ``channels=(128, 64, 64, 32, 3)`` it is the paper's: kernel 5,
    stride 2, padding 2, sides 6, 11, 21, 41, 81, 161, then bilinear to 227, ReLU
    between the layers and none after the last, for the target has both signs.

    Args:
        in_channels: Channels of the map.
        channels: Output channels of each up-convolution, the last being 3. Without it
            they are made from ``in_stride``: one layer for each factor of 2, halving
            from ``in_channels`` (at most 256) down to 32.
        in_stride: Stride of the map; needed only where ``channels`` is not given.
        kernel_size: Odd: the side grows to 2n - 1 (+ ``output_padding``).
        output_padding: 0 (paper), or 1: the side doubles exactly, and a picture whose
            side is a multiple of the stride needs no resize.
        norm: 'none' (paper) or 'bn', between the layers.
        init: 'gaussian' (N(0, .01), Caffe's), 'dcgan' (N(0, .02)) or 'kaiming' (for
            deep decoders without norm).

    Returns (forward):
        ``(B, 3, *size)``; without ``size`` the last layer's own size.

    Raises:
        InputError: An argument out of range.

    Source: paper section 3.1 and figure 9(b); kernel and channels are those of public
    ports, the paper's text does not give them.

    Example:
        >>> import torch
        >>> decoder = UpConvDecoder(256, channels=(128, 64, 64, 32, 3))
        >>> decoder(torch.zeros(1, 256, 6, 6)).shape
        torch.Size([1, 3, 161, 161])
    """

    def __init__(
        self,
        in_channels: int,
        channels: Sequence[int] | None = None,
        in_stride: int | None = None,
        kernel_size: int = 5,
        output_padding: int = 0,
        norm: str = "none",
        init: str = "gaussian",
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if channels is None:
            if in_stride is None or in_stride < 2:
                raise InputError("UpConvDecoder: give `channels` or an in_stride >= 2")
            steps = round(math.log2(in_stride))
            start = min(in_channels, 256)
            channels = [max(start >> (i + 1), 32) for i in range(steps - 1)] + [3]
        if norm not in NORMS:
            raise InputError(f"UpConvDecoder: norm is 'none' or 'bn', not {norm!r}")
        if init not in ("gaussian", "dcgan", "kaiming"):
            raise InputError(
                f"UpConvDecoder: init is 'gaussian', 'dcgan' or 'kaiming', not {init!r}"
            )
        if kernel_size % 2 == 0 or output_padding not in (0, 1):
            raise InputError("UpConvDecoder: kernel_size is odd, output_padding 0 or 1")
        if channels[-1] != 3:
            raise InputError(
                f"UpConvDecoder: the last of channels is 3, not {channels[-1]}"
            )
        self.init = init
        self.layers = nn.ModuleList()
        for c_in, c_out in zip([in_channels, *channels], channels):
            up = nn.ConvTranspose2d(
                c_in,
                c_out,
                kernel_size,
                stride=2,
                padding=kernel_size // 2,
                output_padding=output_padding,
            )
            self.layers.append(up)
        self.norms = nn.ModuleList(NORMS[norm](c) for c in channels[:-1])

    def init_weights(self) -> None:
        if self.init_cfg is not None:
            super().init_weights()
        elif self.init == "kaiming":
            for up in self.layers:
                # Each output pixel sums about a quarter of the kernel at stride 2.
                fan = up.in_channels * up.kernel_size[0] * up.kernel_size[1] / 4
                nn.init.normal_(up.weight, 0.0, math.sqrt(2 / fan))
                nn.init.zeros_(up.bias)
        else:
            {"gaussian": init_gaussian, "dcgan": init_dcgan}[self.init](self)

    def forward(self, x: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        for up, norm in zip(self.layers, self.norms):
            x = F.relu(norm(up(x)), inplace=True)
        x = self.layers[-1](x)
        if size is not None and x.shape[-2:] != tuple(size):
            x = F.interpolate(x, size, mode="bilinear", align_corners=False)
        return x
