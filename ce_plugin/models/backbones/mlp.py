"""An encoder that knows nothing of pictures: a multilayer perceptron on pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS


@MODELS.register_module()
class MLPEncoder(BaseModule):
    """Linear layers on the flattened grey picture, LeakyReLU between them.

    The last layer is linear, its output is the representation. The grey picture is the
    mean of the three channels, which are equal where a grey picture has been made RGB;
    colours are lost. Weights start as PyTorch's linear layers do.

    Args:
        input_size: Side of the square picture in pixels.
        widths: Outputs of each layer. SubTab's autoencoders on MNIST: 512, 256, 128.
        negative_slope: Negative slope of the LeakyReLU. SubTab: PyTorch's own, .01.
        out_indices: Which layers to return, those between after their LeakyReLU; -1 is
            the last one.

    Returns (forward):
        Tuple of (B, width, 1, 1): maps of one point, of stride ``input_size``.

    Raises:
        InputError: No layer, a width or a size below 1, an unknown layer, or (forward)
            pictures of another size.

    Source: Ucar et al. 2021 (SubTab), section 3.3, table A1 and its notes.

    Example:
        >>> import torch
        >>> MLPEncoder()(torch.zeros(2, 3, 28, 28))[0].shape
        torch.Size([2, 128, 1, 1])
    """

    def __init__(
        self,
        input_size: int = 28,
        widths: Sequence[int] = (512, 256, 128),
        negative_slope: float = 0.01,
        out_indices: Sequence[int] = (-1,),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        widths = tuple(widths)
        if input_size < 1 or not widths or min(widths) < 1:
            raise InputError(
                f"MLPEncoder: input_size and every one of widths are at least 1, got "
                f"input_size={input_size}, widths={widths}"
            )
        count = len(widths)
        if any(not -count <= i < count for i in out_indices):
            raise InputError(
                f"MLPEncoder: out_indices {tuple(out_indices)} but there are {count} "
                "layers"
            )
        self.input_size = input_size
        self.out_indices = tuple(i % count for i in out_indices)
        self.out_channels = tuple(widths[i] for i in self.out_indices)
        self.out_strides = (input_size,) * len(self.out_indices)
        self.layers = linear_layers((input_size**2, *widths))
        self.act = nn.LeakyReLU(negative_slope)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        if x.shape[-2:] != (self.input_size, self.input_size):
            raise InputError(
                f"MLPEncoder takes {self.input_size} px pictures, not "
                f"{x.shape[-1]}x{x.shape[-2]}; end the transforms with that size, or "
                "change input_size"
            )
        x = x.mean(dim=1).flatten(1)
        outputs = []
        for layer in self.layers[:-1]:
            x = self.act(layer(x))
            outputs.append(x)
        outputs.append(self.layers[-1](x))
        return tuple(outputs[i][..., None, None] for i in self.out_indices)


def linear_layers(widths: Sequence[int]) -> nn.ModuleList:
    """A linear layer from each of ``widths`` to the next.

    Example:
        >>> linear_layers((4, 3, 2))
        ModuleList(
          (0): Linear(in_features=4, out_features=3, bias=True)
          (1): Linear(in_features=3, out_features=2, bias=True)
        )
    """
    return nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
