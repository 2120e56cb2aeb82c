"""Ways to fill a hole: one a file, registered in ``FILLERS``."""

from .base import Filler, Filling
from .trivial import ConstantFill, ContextMeanFill

__all__ = ["ConstantFill", "ContextMeanFill", "Filler", "Filling"]
