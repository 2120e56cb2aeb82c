"""Filling holes in pictures."""

from .fillers import Filler, Filling
from .inferencer import InpaintingInferencer

__all__ = ["Filler", "Filling", "InpaintingInferencer"]
