"""Borders of a picture, to be painted outwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .checks import check_interval, check_number

SIDES = ("left", "right", "top", "bottom")
_OPPOSITE = dict(left="right", right="left", top="bottom", bottom="top")


@MASKS.register_module()
class Outpainting(MaskGenerator):
    """A border along one or several sides of the picture.

    Not in the paper: what uncropping a picture asks for. The border along a side is a
    share of the picture's width (left, right) or height (top, bottom), drawn uniformly
    and for every side anew, rounded to whole pixels and at least one pixel wide. On
    small pictures two facing borders leave at least one pixel between them.

    Args:
        sides: ``"random"``, or one or several of ``"left"``, ``"right"``, ``"top"``,
            ``"bottom"``, which then all get a border in every picture.
        count: Smallest and largest number of sides of ``"random"``. The number is
            drawn uniformly, then which sides.
        share: Range of a border's width as a fraction of the picture's side.

    Raises:
        InputError: An unknown side, a number out of its range, borders on facing sides
            that could cover the whole picture, or a picture with a side below 3 pixels
            (on the call).

    Source: the kind of hole is one of LaMa's (Suvorov et al. 2022); the constants are
    choices of this package.

    Example:
        >>> import numpy as np
        >>> border = Outpainting("left", share=(0.25, 0.25))
        >>> border(3, 8, np.random.default_rng(0)).astype(int)
        array([[1, 1, 0, 0, 0, 0, 0, 0],
               [1, 1, 0, 0, 0, 0, 0, 0],
               [1, 1, 0, 0, 0, 0, 0, 0]])
    """

    def __init__(
        self,
        sides: str | Sequence[str] = "random",
        count: tuple[int, int] = (1, 4),
        share: tuple[float, float] = (0.05, 0.25),
    ) -> None:
        self.count = check_interval("Outpainting: count", count, least=1, most=4)
        for number in self.count:
            check_number("Outpainting: count", number, whole=True)
        self.share = check_interval("Outpainting: share", share, least=0, most=1)
        check_number("Outpainting: share[0]", share[0], above=0)
        if sides == "random":
            self.sides, facing = sides, self.count[1] > 1
        else:
            self.sides = _checked(sides)
            facing = any(_OPPOSITE[side] in self.sides for side in self.sides)
        limit = 0.5 if facing else 1
        if self.share[1] >= limit:
            raise InputError(
                f"Outpainting: share must stay below {limit:g}"
                f"{' where facing sides may both get a border' if facing else ''}, "
                f"got {share!r}; nothing of the picture might be left"
            )

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=3)
        if self.sides == "random":
            number = int(rng.integers(self.count[0], self.count[1] + 1))
            sides = [SIDES[i] for i in rng.permutation(4)[:number]]
        else:
            sides = self.sides
        low, high = self.share
        mask = np.zeros((height, width), bool)
        for side in sides:
            length = width if side in ("left", "right") else height
            most = (length - 1) // 2 if _OPPOSITE[side] in sides else length - 1
            border = round((low + (high - low) * rng.random()) * length)
            border = min(max(border, 1), most)
            lines = mask.T if side in ("left", "right") else mask
            if side in ("left", "top"):
                lines[:border] = True
            else:
                lines[length - border :] = True
        return mask


def _checked(sides: Any) -> tuple[str, ...]:
    named = (sides,) if isinstance(sides, str) else sides
    well = isinstance(named, Sequence) and len(named) > 0
    if not well or any(side not in SIDES for side in named):
        raise InputError(
            f"Outpainting: sides must be 'random' or any of {', '.join(SIDES)}, got "
            f"{sides!r}"
        )
    return tuple(dict.fromkeys(named))
