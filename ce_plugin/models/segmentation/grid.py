"""The position of a map's cells in the picture, from which crops are computed."""

from __future__ import annotations

from typing import NamedTuple

from ce_plugin.errors import InputError


class Grid(NamedTuple):
    """Cells of a map along an axis: cell ``i`` is centred on pixel origin + i stride.

    Attributes:
        stride: Pixels from one cell to the next.
        origin: Pixel at the centre of cell 0; negative where it lies in the padding.

    Example:
        >>> Grid().through(kernel=11, stride=4, padding=100)
        Grid(stride=4, origin=-95)
    """

    stride: int = 1
    origin: float = 0

    def through(self, kernel: int, stride: int = 1, padding: int = 0) -> Grid:
        """The grid after a convolution or pooling of this one."""
        origin = self.origin + self.stride * ((kernel - 1) / 2 - padding)
        return Grid(self.stride * stride, _whole(origin))

    def upsampled(self, factor: int) -> Grid:
        """The grid after a :class:`BilinearUpsample` by ``factor``."""
        stride = self.stride // factor
        return Grid(stride, self.origin - (factor - 1) * stride)

    def cells_to(self, other: Grid) -> int:
        """How many cells of this grid come before cell 0 of ``other``: what to crop.

        Raises:
            InputError: The grids have different strides or lie between each other.
        """
        cells, rest = divmod(other.origin - self.origin, self.stride)
        if self.stride != other.stride or rest:
            raise InputError(f"{self} and {other} have no cells in common")
        return int(cells)


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def caffenet_grids(conv1_padding: int = 100) -> dict[str, Grid]:
    """The grids of CaffeNet's maps, and of fc6 upon them.

    The same-size convolutions move nothing. fc6's window is even, so that its centres
    fall between the cells of pool5: just onto every other cell of conv5.

    Example:
        >>> grids = caffenet_grids()
        >>> grids['conv5'], grids['fc6']
        (Grid(stride=16, origin=-83), Grid(stride=32, origin=13))
    """
    conv1 = Grid().through(11, 4, conv1_padding)
    conv2 = conv1.through(3, 2)
    conv5 = conv2.through(3, 2)
    pool5 = conv5.through(3, 2)
    return dict(
        conv1=conv1,
        conv2=conv2,
        conv3=conv5,
        conv4=conv5,
        conv5=conv5,
        pool5=pool5,
        fc6=pool5.through(6),
    )
