"""The encoder of the released inpainting code."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.bottlenecks.conv import ConvBottleneck
from ce_plugin.models.layers import (
    conv_block,
    convolution_format,
    init_dcgan,
    leaky_relu,
)
from ce_plugin.registry import MODELS


@MODELS.register_module()
class DCGANEncoder(BaseModule):
    """Strided 4x4 convolutions with batch norm and LeakyReLU(.2), then the bottleneck.

    At 128 px five convolutions lead to 512 maps of 4x4, at 64 px four do (the released
    random-region script leaves the second one out); a sixth one, as large as the map,
    makes the bottleneck vector. No norm on the first one, no bias unless asked for: the
    released code sets its biases to 0 before every pass.

    Args:
        input_size: 128 or 64; other sizes run as well where no bottleneck is asked for
            (``bottleneck=None``, as in detection and segmentation).
        base_channels: Width of the first convolution (64).
        bottleneck: Width of the code (4000), or None to leave it out.
        noise_channels: See :class:`ConvBottleneck`.
        noise: See :class:`ConvBottleneck`.
        out_indices: Which maps to return, counted from the first convolution; -1 is the
            last one, which is the code where there is one.
        bias: Biases in the convolutions, for released weights with what their files
            hold there.

    Returns (forward):
        Tuple of maps, strides 2, 4, 8, ...; the code is (B, bottleneck, 1, 1).

    Raises:
        InputError: An unknown size or map.

    Source: released code (train.lua, train_random.lua), README values.

    Example:
        >>> import torch
        >>> DCGANEncoder(128)(torch.zeros(2, 3, 128, 128))[0].shape
        torch.Size([2, 4000, 1, 1])
    """

    def __init__(
        self,
        input_size: int = 128,
        base_channels: int = 64,
        bottleneck: int | None = 4000,
        noise_channels: int = 0,
        noise: str = "normal",
        out_indices: Sequence[int] = (-1,),
        bias: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if input_size not in (64, 128):
            raise InputError(f"DCGANEncoder: input_size is 64 or 128, not {input_size}")
        c = base_channels
        widths = (
            [c, c, 2 * c, 4 * c, 8 * c]
            if input_size == 128
            else [c, 2 * c, 4 * c, 8 * c]
        )
        self.input_size = input_size
        self.stages = nn.ModuleList()
        for i, (c_in, c_out) in enumerate(zip([3, *widths], widths)):
            conv = nn.Conv2d(c_in, c_out, 4, stride=2, padding=1, bias=bias)
            self.stages.append(conv_block(conv, norm=i > 0, act=leaky_relu()))
        strides = [2 ** (i + 1) for i in range(len(widths))]
        if bottleneck is not None:
            code = ConvBottleneck(
                widths[-1],
                bottleneck,
                4,
                noise_channels=noise_channels,
                noise=noise,
                bias=bias,
            )
            self.stages.append(code)
            widths.append(code.out_channels)
            strides.append(input_size)

        count = len(self.stages)
        if any(not -count <= i < count for i in out_indices):
            raise InputError(
                f"DCGANEncoder: out_indices {tuple(out_indices)} but there are "
                f"{count} maps"
            )
        self.out_indices = tuple(i % count for i in out_indices)
        self.out_channels = tuple(widths[i] for i in self.out_indices)
        self.out_strides = tuple(strides[i] for i in self.out_indices)
        self.has_bottleneck = bottleneck is not None

    def init_weights(self) -> None:
        if self.init_cfg is None:
            init_dcgan(self)
        else:
            super().init_weights()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        if self.has_bottleneck and x.shape[-2:] != (self.input_size, self.input_size):
            raise InputError(
                f"DCGANEncoder with a bottleneck takes {self.input_size} px pictures, "
                "not "
                f"{x.shape[-1]}x{x.shape[-2]}; crop to that size, or set "
                "bottleneck=None"
            )
        x = convolution_format(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return tuple(maps[i] for i in self.out_indices)
