"""Heads of the paper's fully convolutional networks, for mmseg."""

from .bilinear import BilinearUpsample
from .fcn_skip_head import FCNSkipHead
from .grid import Grid, caffenet_grids

__all__ = ["BilinearUpsample", "FCNSkipHead", "Grid", "caffenet_grids"]
