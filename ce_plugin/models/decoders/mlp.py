"""A multilayer perceptron that decodes a code to a grey picture."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.backbones.mlp import linear_layers
from ce_plugin.registry import MODELS


@MODELS.register_module()
class MLPDecoder(BaseModule):
    """The mirror of :class:`~ce_plugin.models.MLPEncoder`, LeakyReLU between layers.

    One grey picture comes out, given three times as equal channels, so that losses,
    metrics and pages that expect RGB take it as it is. A loss that is a mean over the
    three is that of the one.

    Args:
        in_channels: Width of the code.
        output_size: Side of the square picture in pixels.
        widths: Outputs of the layers between; the last one, to the pixels, is added.
            SubTab's autoencoders on MNIST: 256, 512.
        negative_slope: Negative slope of the LeakyReLU.

    Returns (forward):
        (B, 3, output_size, output_size), without an activation at the end.

    Raises:
        InputError: A width or a size below 1, or (forward) a code that is not 1x1 or a
            request for another size than ``output_size``.

    Source: Ucar et al. 2021 (SubTab), table A1 and its notes.

    Example:
        >>> import torch
        >>> MLPDecoder(128)(torch.zeros(2, 128, 1, 1)).shape
        torch.Size([2, 3, 28, 28])
    """

    def __init__(
        self,
        in_channels: int = 128,
        output_size: int = 28,
        widths: Sequence[int] = (256, 512),
        negative_slope: float = 0.01,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        widths = tuple(widths)
        if min((in_channels, output_size, *widths)) < 1:
            raise InputError(
                "MLPDecoder: in_channels, output_size and every one of widths are at "
                f"least 1, got {in_channels}, {output_size}, {widths}"
            )
        self.output_size = output_size
        self.layers = linear_layers((in_channels, *widths, output_size**2))
        self.act = nn.LeakyReLU(negative_slope)

    def forward(self, x: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        if x.shape[-2:] != (1, 1):
            raise InputError(
                f"MLPDecoder starts from a 1x1 code but got {x.shape[-2]}x"
                f"{x.shape[-1]}; take MLPEncoder, or a bottleneck as large as the map"
            )
        if size is not None and tuple(size) != (self.output_size,) * 2:
            raise InputError(
                f"MLPDecoder makes {self.output_size}x{self.output_size} pictures but "
                f"{size[0]}x{size[1]} are to be predicted; change output_size, the "
                "crop or the window"
            )
        x = self.layers[0](x.flatten(1))
        for layer in self.layers[1:]:
            x = layer(self.act(x))
        x = x.view(-1, 1, self.output_size, self.output_size)
        return x.expand(-1, 3, -1, -1)
