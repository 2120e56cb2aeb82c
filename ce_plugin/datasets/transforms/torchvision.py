"""Transforms by name: torchvision's, and the few that it does not have.

Every public class of ``torchvision.transforms.v2`` is registered under its own name.
All run on uint8 tensors (3, H, W) and draw from torch's global generator, which the
dataset seeds for each sample.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS

MOST_ASPECT = 8
"""Of a picture longer than this many times its shorter side, only the middle part of
that length is enlarged or reduced: a line of pixels would fill the memory."""

for _name, _cls in vars(v2).items():
    if isinstance(_cls, type) and issubclass(_cls, v2.Transform):
        TRANSFORMS.register_module(name=_name, module=_cls)


@TRANSFORMS.register_module()
class ReleasedRandomCrop:
    """The random crop of the released code, which never starts at offset 0.

    Each offset is uniform in {1, ..., side - size}, from ceil(U(0.01, side - size)).
    Compare :class:`torchvision.transforms.v2.RandomCrop`: {0, ..., side - size}.

    Args:
        size: Height and width of the crop.

    Raises:
        InputError: ``size`` below 1, or (when called) a side that does not exceed it.

    Example:
        >>> ReleasedRandomCrop(4)(torch.zeros(3, 5, 9)).shape
        torch.Size([3, 4, 4])
    """

    def __init__(self, size: int) -> None:
        self.size = _whole_size(self, size)

    def __call__(self, picture: Tensor) -> Tensor:
        height, width = picture.shape[-2:]
        if min(height, width) <= self.size:
            raise InputError(
                f"{self} needs pictures larger than {self.size} pixels on both sides, "
                f"got {height}x{width}; put dict(type='ShortSideResize', "
                f"size={self.size + 1}) or more before it"
            )
        top = int(torch.randint(1, height - self.size + 1, ()))
        left = int(torch.randint(1, width - self.size + 1, ()))
        return picture[..., top : top + self.size, left : left + self.size]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size})"


@TRANSFORMS.register_module()
class ShortSideResize:
    """Resizes so that the shorter side is ``size``, the aspect kept, antialiased.

    The released code averages areas when it shrinks (a box filter) and interpolates
    with aligned corners when it enlarges. The antialiased bilinear filter here is a
    triangle over twice the box's width: the same low-pass, a little softer.

    Args:
        size: Length of the shorter side. The longer one is rounded down.
        interpolation: 'bilinear' or 'bicubic'.

    Raises:
        InputError: ``size`` below 1 or an unknown interpolation.

    Example:
        >>> ShortSideResize(6)(torch.zeros(3, 30, 40, dtype=torch.uint8)).shape
        torch.Size([3, 6, 8])
    """

    def __init__(
        self, size: int, interpolation: str | v2.InterpolationMode = "bilinear"
    ) -> None:
        self.size = _whole_size(self, size)
        known = [v2.InterpolationMode.BILINEAR, v2.InterpolationMode.BICUBIC]
        if interpolation not in [*known, *(mode.value for mode in known)]:
            raise InputError(
                "interpolation of ShortSideResize is 'bilinear' or 'bicubic', not "
                f"{interpolation!r}"
            )
        self.interpolation = v2.InterpolationMode(interpolation)

    def __call__(self, picture: Tensor) -> Tensor:
        picture = _limit_aspect(picture)
        height, width = picture.shape[-2:]
        shorter = min(height, width)
        if shorter == self.size:
            return picture
        shape = [self.size * height // shorter, self.size * width // shorter]
        return F.resize(picture, shape, self.interpolation, antialias=True)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(size={self.size}, interpolation={self.interpolation.value!r})"


@TRANSFORMS.register_module()
class EnsureMinSize(ShortSideResize):
    """Enlarges pictures whose shorter side is below ``size``, leaves others alone.

    Goes before a crop of fixed size that has to work on pictures of any size.

    Args:
        size: Least length of the shorter side.
        interpolation: 'bilinear' or 'bicubic'.

    Example:
        >>> EnsureMinSize(8)(torch.zeros(3, 4, 5, dtype=torch.uint8)).shape
        torch.Size([3, 8, 10])
    """

    def __call__(self, picture: Tensor) -> Tensor:
        if min(picture.shape[-2:]) >= self.size:
            return picture
        return super().__call__(picture)


def _whole_size(transform: object, size: int) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        name = type(transform).__name__
        raise InputError(f"size of {name} is a whole number of pixels, not {size!r}")
    return size


def _limit_aspect(picture: Tensor) -> Tensor:
    height, width = picture.shape[-2:]
    most = MOST_ASPECT * min(height, width)
    if max(height, width) <= most:
        return picture
    dim = -1 if width > height else -2
    return picture.narrow(dim, (max(height, width) - most) // 2, most)
