"""Mask generators, which cut holes: one a file, registered in ``MASKS``.

A generator is called with the size of a picture and a ``numpy.random.Generator`` and
returns a boolean array in which True is the hole. See :class:`MaskGenerator` for the
contract, which every registered generator is tested against.
"""

from .base import MaskGenerator
from .brush_strokes import BrushStrokes
from .center_region import CenterRegion
from .grid_patches import GridPatches
from .neighbor_columns import NeighborColumns
from .object_region import ObjectRegion
from .outpainting import Outpainting
from .random_block import RandomBlock
from .random_choice import RandomChoice
from .random_region import RandomRegion

__all__ = [
    "BrushStrokes",
    "CenterRegion",
    "GridPatches",
    "MaskGenerator",
    "NeighborColumns",
    "ObjectRegion",
    "Outpainting",
    "RandomBlock",
    "RandomChoice",
    "RandomRegion",
]
