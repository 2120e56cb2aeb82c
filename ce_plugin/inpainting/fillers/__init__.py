"""Ways to fill a hole: one a file, registered in ``FILLERS``."""

from .base import Filler, Filling
from .build import build_filler, filler_names
from .encoder_decoder import EncoderDecoder
from .nearest import NearestNeighbor
from .opencv import NavierStokes, Telea
from .patchmatch import PatchMatch
from .trivial import ConstantFill, ContextMeanFill

__all__ = [
    "ConstantFill",
    "ContextMeanFill",
    "EncoderDecoder",
    "Filler",
    "Filling",
    "NavierStokes",
    "NearestNeighbor",
    "PatchMatch",
    "Telea",
    "build_filler",
    "filler_names",
]
