"""The trivial fills, which every other one has to beat."""

from __future__ import annotations

from collections.abc import Sequence

from ce_plugin.errors import InputError
from ce_plugin.registry import FILLERS

from .base import Filler


@FILLERS.register_module()
class ConstantFill(Filler):
    """One colour.

    Args:
        colour: RGB, whole numbers in 0..255; mid grey by default.

    Raises:
        InputError: Not three such numbers.
    """

    name = "constant"

    def __init__(self, colour: Sequence[int] = (128, 128, 128)) -> None:
        if len(colour) != 3 or not all(0 <= c <= 255 for c in colour):
            raise InputError(f"ConstantFill: colour is three of 0..255, not {colour}")
        self.colour = tuple(colour)

    def paint(self, pictures, holes, rngs):
        out = [picture.copy() for picture in pictures]
        for picture, hole in zip(out, holes):
            picture[hole] = self.colour
        return [(picture, ()) for picture in out]


@FILLERS.register_module()
class ContextMeanFill(Filler):
    """The mean colour of the picture's known pixels."""

    name = "context-mean"

    def paint(self, pictures, holes, rngs):
        out = [picture.copy() for picture in pictures]
        for picture, hole in zip(out, holes):
            picture[hole] = picture[~hole].mean(axis=0).round()
        return [(picture, ()) for picture in out]
