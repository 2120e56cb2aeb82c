"""The decoder of the released inpainting code."""

from __future__ import annotations

from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import FullMapConvTranspose2d, conv_block, init_dcgan
from ce_plugin.registry import MODELS


@MODELS.register_module()
class DCGANDecoder(BaseModule):
    """Transposed 4x4 convolutions from a 1x1 code to a picture in [-1, 1].

    The first one opens the code to 4x4, each further one doubles the side; batch norm
    and ReLU between them, tanh at the end.

    Args:
        in_channels: Width of the code (released code: 4000).
        output_size: 64 (the centre of a 128 px picture, or a whole 64 px one) or 128.
        base_channels: Width before the last convolution (64).
        bias: Biases in the convolutions; see
            :class:`~ce_plugin.models.backbones.DCGANEncoder`.

    Returns (forward):
        (B, 3, output_size, output_size) in [-1, 1].

    Raises:
        InputError: An unknown size, a code that is not 1x1, or a request for another
            size than ``output_size``.

    Source: released code (train.lua, train_random.lua).

    Example:
        >>> import torch
        >>> DCGANDecoder(4000, 64)(torch.zeros(2, 4000, 1, 1)).shape
        torch.Size([2, 3, 64, 64])
    """

    def __init__(
        self,
        in_channels: int = 4000,
        output_size: int = 64,
        base_channels: int = 64,
        bias: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if output_size not in (64, 128):
            raise InputError(
                f"DCGANDecoder: output_size is 64 or 128, not {output_size}"
            )
        c = base_channels
        widths = [8 * c, 4 * c, 2 * c, c] + [c] * (output_size == 128)
        self.output_size = output_size
        self.stages = nn.ModuleList()
        for i, (c_in, c_out) in enumerate(zip([in_channels, *widths], widths)):
            if i == 0:
                conv = FullMapConvTranspose2d(c_in, c_out, 4, bias=bias)
            else:
                conv = nn.ConvTranspose2d(c_in, c_out, 4, 2, 1, bias=bias)
            self.stages.append(conv_block(conv, act=nn.ReLU(inplace=True)))
        last = nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1, bias=bias)
        self.stages.append(conv_block(last, norm=False, act=nn.Tanh()))

    def init_weights(self) -> None:
        if self.init_cfg is None:
            init_dcgan(self)
        else:
            super().init_weights()

    def forward(self, x: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        if x.shape[-2:] != (1, 1):
            raise InputError(
                f"DCGANDecoder starts from a 1x1 code but got "
                f"{x.shape[-2]}x{x.shape[-1]};"
                " give the encoder a bottleneck as large as its last map"
            )
        if size is not None and tuple(size) != (self.output_size,) * 2:
            raise InputError(
                f"DCGANDecoder makes {self.output_size}x{self.output_size} pictures "
                "but "
                f"{size[0]}x{size[1]} are to be predicted; change output_size, the "
                "window "
                "of the ContextEncoder or the size of the crops"
            )
        for stage in self.stages:
            x = stage(x)
        return x
