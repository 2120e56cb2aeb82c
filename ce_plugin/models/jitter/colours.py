"""Brightness, contrast, saturation and hue of a batch, a factor for each picture.

All on float (B, 3, H, W) in 0..255, RGB, as torchvision's functions of one picture.
"""

from __future__ import annotations

import torch
from torch import Tensor

GREY = (0.2989, 0.587, 0.114)
"""Shares of red, green and blue in grey; torchvision's."""
_CENTRES = (3, 2, 4)
"""Red is full where the hue is farthest from 3 sixths of the circle; green and blue
are where it is nearest to 2 and 4."""
_LEAST_CHROMA = 1e-6


def grey_of(pictures: Tensor) -> Tensor:
    """The grey version, (B, 1, H, W)."""
    red, green, blue = pictures.split(1, dim=1)
    grey = torch.mul(red, GREY[0])
    return grey.add_(green, alpha=GREY[1]).add_(blue, alpha=GREY[2])


def blend(
    pictures: Tensor, factor: Tensor, with_grey: Tensor, with_mean: Tensor
) -> Tensor:
    """Moves pictures away from a grey one or towards it, and clips.

    Brightness, contrast and saturation are the same blend, with black, with the
    picture's mean grey, or with its grey version; so one pass does any of them.

    Args:
        pictures: Left as they are.
        factor: (B, 1, 1, 1), what is taken of the picture.
        with_grey: For each picture, the weight of its grey version, which is added.
        with_mean: For each picture, the weight of its mean grey, which is added.
    """
    grey = grey_of(pictures)
    mean = grey.mean(dim=(2, 3), keepdim=True)
    base = grey.mul_(with_grey).add_(mean.mul_(with_mean))
    return torch.addcmul(base, pictures, factor).clamp_(0, 255)


def turn_hue(pictures: Tensor, turn: Tensor) -> Tensor:
    """Turns the hue and keeps value and chroma, as by way of HSV.

    Args:
        pictures: Left as they are.
        turn: (B, 1, 1, 1), as a share of the circle, in [-0.5, 0.5].
    """
    red, green, blue = pictures.split(1, dim=1)
    value = torch.maximum(torch.maximum(red, green), blue)
    least = torch.minimum(torch.minimum(red, green), blue)
    chroma = value - least
    # In sixths of the circle, from red, towards green positive and towards blue
    # negative. Its size is 1 + (green + blue - red - least) / chroma in each sixth:
    # without cases, which take a CPU six times as long as sums do.
    size = torch.add(green, blue).sub_(red).sub_(least)
    size = size.div_(chroma.clamp_min(_LEAST_CHROMA)).add_(1)
    hue = torch.copysign(size, green - blue).add_(turn, alpha=6)
    hue.sub_(hue.div(6).floor_(), alpha=6)
    turned = torch.empty_like(pictures)
    for channel, centre in enumerate(_CENTRES):
        missing = (hue - centre).abs_()
        missing = missing.neg_().add_(2) if channel == 0 else missing.sub_(1)
        out = turned[:, channel : channel + 1]
        torch.addcmul(value, chroma, missing.clamp_(0, 1), value=-1, out=out)
    return turned
