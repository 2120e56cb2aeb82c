"""Filling holes in pictures."""

from .fillers import Filler, Filling

__all__ = ["Filler", "Filling"]
