"""Layers that several networks share, and how the paper's networks are initialised."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .onednn import product


class FullMapConv2d(nn.Conv2d):
    """A convolution that, on a map of its kernel's size, is one matrix product.

    Same weights, same layout, same result as ``nn.Conv2d``; about four times as fast on
    a CPU for the 4x4 bottleneck of the inpainting network. Any other map takes the
    ordinary way.
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2:] != self.kernel_size or self.groups != 1 or any(self.padding):
            return super().forward(x)
        y = product(x.flatten(1), self.weight.flatten(1))
        return (y if self.bias is None else y + self.bias)[..., None, None]


class FullMapConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution that, from a 1x1 map, is one matrix product.

    Same weights, layout and result as ``nn.ConvTranspose2d`` with stride 1.
    """

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        plain = self.groups == 1 and not any(self.padding + self.output_padding)
        if x.shape[-2:] != (1, 1) or not plain or output_size is not None:
            return super().forward(x, output_size)
        y = product(x.flatten(1), self.weight.flatten(1).mT)
        # -1, not len(x), which would fix the batch of an exported program.
        y = y.view(-1, self.out_channels, *self.kernel_size)
        return y if self.bias is None else y + self.bias[:, None, None]


def convolution_format(x: Tensor) -> Tensor:
    """``x`` in the memory format in which its device convolves large maps fastest.

    On a CPU that is channels last: strided 4x4 convolutions on maps of 32 px and more
    take half to three quarters of the time. Values and shape stay. A program that is
    exported for any size of picture cannot say what format that is, and goes without.
    """
    if x.device.type == "cpu" and all(isinstance(side, int) for side in x.shape[2:]):
        return x.contiguous(memory_format=torch.channels_last)
    return x


def full_precision(x: Tensor) -> Tensor:
    """``x`` in float32 where mixed precision has made it narrower."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


@torch.no_grad()
def init_dcgan(module: nn.Module) -> None:
    """Conv weights N(0, .02), norm weights N(1, .02), biases 0: released code."""
    for m in module.modules():
        if isinstance(m, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(m.weight, 0.0, 0.02)
        elif isinstance(m, nn.modules.batchnorm._BatchNorm) and m.affine:
            nn.init.normal_(m.weight, 1.0, 0.02)
        else:
            continue
        if m.bias is not None:
            nn.init.zeros_(m.bias)


@torch.no_grad()
def init_gaussian(module: nn.Module, std: float = 0.01) -> None:
    """Conv weights N(0, std), biases 0: Caffe's ``gaussian`` filler."""
    for m in module.modules():
        if isinstance(m, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(m.weight, 0.0, std)
            if m.bias is not None:
                nn.init.zeros_(m.bias)


def conv_block(
    conv: nn.Module, norm: bool = True, act: nn.Module | None = None
) -> nn.Sequential:
    """``conv``, batch norm and activation as children ``conv``, ``norm``, ``act``."""
    block = nn.Sequential()
    block.add_module("conv", conv)
    if norm:
        block.add_module("norm", nn.BatchNorm2d(conv.out_channels))
    if act is not None:
        block.add_module("act", act)
    return block


def leaky_relu() -> nn.Module:
    """The encoder's and discriminator's activation: slope .2, not torch's .01."""
    return nn.LeakyReLU(0.2, inplace=True)
