"""The square crop of the VOC 2007 classification protocol."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class VOCRandomSquareCrop:
    """A square of random side and place, resized to ``size``; no change of aspect.

    The side is s * size pixels, rounded, with s uniform in [min(low, top), top] and
    top = min(high, H / size, W / size): never larger than the picture, and as small as
    ``low`` unless the picture itself is smaller. The place is uniform. It is resized
    with plain bilinear interpolation, not antialiased: Caffe's. This is not torch's
    RandomResizedCrop.

    Args:
        size: Side of the result, in pixels.
        low: Least scale, positive.
        high: Largest scale, at least ``low``.

    Raises:
        InputError: A size below 1, or scales out of order.

    Source: Krahenbuhl et al. 2016 (VOC 2007 classification).

    Example:
        >>> crop = VOCRandomSquareCrop(227)
        >>> crop(torch.zeros(3, 375, 500, dtype=torch.uint8)).shape
        torch.Size([3, 227, 227])
        >>> crop.scales(375, 500)  # sides of 114 to 375 pixels
        (0.5, 1.6519823788546255)
    """

    def __init__(self, size: int = 227, low: float = 0.5, high: float = 2.0) -> None:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InputError(f"size of VOCRandomSquareCrop is >= 1, not {size!r}")
        if not 0 < low <= high:
            raise InputError(
                f"VOCRandomSquareCrop wants 0 < low <= high, not {low} and {high}"
            )
        self.size, self.low, self.high = size, low, high

    def scales(self, height: int, width: int) -> tuple[float, float]:
        """Least and largest scale for a picture of that size."""
        top = min(self.high, height / self.size, width / self.size)
        return min(self.low, top), top

    def __call__(self, picture: Tensor) -> Tensor:
        height, width = picture.shape[-2:]
        least, top = self.scales(height, width)
        scale = least + (top - least) * float(torch.rand(()))
        side = min(max(1, round(scale * self.size)), height, width)
        y = int(torch.randint(height - side + 1, ()))
        x = int(torch.randint(width - side + 1, ()))
        square = picture[..., y : y + side, x : x + side]
        return F.resize(square, [self.size, self.size], antialias=False)

    def __repr__(self) -> str:
        values = f"size={self.size}, low={self.low}, high={self.high}"
        return f"{type(self).__name__}({values})"
