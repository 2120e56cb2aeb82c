"""The discriminator of the released inpainting code."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import (
    FullMapConv2d,
    conv_block,
    convolution_format,
    init_dcgan,
    leaky_relu,
)
from ce_plugin.registry import MODELS


@MODELS.register_module()
class DCGANDiscriminator(BaseModule):
    """Tells real pictures from predicted ones: strided convolutions to one logit.

    It judges the predicted centre (64 px), or the whole picture (64 or 128 px), and
    never sees the context, unless ``conditional``. The released code ends in a sigmoid
    and a binary cross entropy; here the logit is returned and the loss takes it, which
    is the same and stays finite in low precision.

    Args:
        input_size: Side of what is judged, 64 or 128.
        base_channels: Width of the first convolution (64).
        conditional: The released ``conditionAdv``: the 128 px context is judged along
            with the 64 px centre (the paper found that it hurts).
        bias: Biases in the convolutions; see
            :class:`~ce_plugin.models.backbones.DCGANEncoder`.

    Returns (forward):
        (B, 1) logits, positive for real.

    Raises:
        InputError: An unknown size, or a context that is missing or not asked for.

    Source: released code (train.lua, train_random.lua).

    Example:
        >>> DCGANDiscriminator(64)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 1])
    """

    def __init__(
        self,
        input_size: int = 64,
        base_channels: int = 64,
        conditional: bool = False,
        bias: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if input_size not in (64, 128):
            raise InputError(
                f"DCGANDiscriminator: input_size is 64 or 128, not {input_size}"
            )
        if conditional and input_size != 64:
            raise InputError(
                "DCGANDiscriminator: conditional=True judges the 64 px centre of a "
                "128 px "
                "picture; the released code has no other"
            )
        c = base_channels
        self.input_size, self.conditional = input_size, conditional

        def down(c_in: int, c_out: int, norm: bool = True) -> nn.Module:
            conv = nn.Conv2d(c_in, c_out, 4, stride=2, padding=1, bias=bias)
            return conv_block(conv, norm, leaky_relu())

        if conditional:
            # Both come out as 64x64 maps: the padding of 34 makes room for the centre.
            self.context_conv = nn.Conv2d(3, c, 5, stride=2, padding=2, bias=bias)
            self.patch_conv = nn.Conv2d(3, c, 5, stride=2, padding=34, bias=bias)
            self.act = leaky_relu()
            stages = [down(2 * c, c)]
        else:
            stages = [down(3, c, norm=False)]
        if input_size == 128:
            stages.append(down(c, c))
        stages += [down(c, 2 * c), down(2 * c, 4 * c), down(4 * c, 8 * c)]
        stages.append(FullMapConv2d(8 * c, 1, 4, bias=bias))
        self.stages = nn.Sequential(*stages)

    def init_weights(self) -> None:
        if self.init_cfg is None:
            init_dcgan(self)
        else:
            super().init_weights()

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        if x.shape[-2:] != (self.input_size, self.input_size):
            raise InputError(
                f"DCGANDiscriminator judges {self.input_size} px pictures but got "
                f"{x.shape[-1]}x{x.shape[-2]}; change its input_size"
            )
        if (context is not None) != self.conditional:
            raise InputError(
                "DCGANDiscriminator: context is for conditional=True, and only"
            )
        if self.conditional:
            both = torch.cat([self.context_conv(context), self.patch_conv(x)], dim=1)
            x = self.act(both)
        return self.stages(convolution_format(x)).flatten(1)
