"""Several rectangles that may overlap."""

from math import ceil, floor

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .checks import check_number


@MASKS.register_module()
class RandomBlock(MaskGenerator):
    """Rectangles at random places, together up to a quarter of the picture.

    The paper (section 3.3, "random block") says no more than that, and its code was
    never released; the constants are choices of this package. Blocks are added one by
    one. Height and width are drawn independently and uniformly among the whole
    numbers of pixels in [min_side, max_side] x picture side, the place uniformly
    among those where the block lies inside. A block that would raise the hole's area
    above ``max_area`` is left out; drawing ends once ``stop_area`` is reached, or after
    ``tries`` blocks.

    Args:
        min_side: Smallest side of a block, as a fraction of the picture's side.
        max_side: Largest side of a block, as a fraction of the picture's side.
        max_area: Largest area of the whole hole, as a fraction of the picture. Must
            be below 1 and at least ``max_side ** 2``, so that the first block fits
            and the hole is never empty.
        stop_area: Area at which no further block is added, at most ``max_area``.
        tries: Number of blocks drawn at most.

    Raises:
        InputError: A constant is out of its range, or no whole number of pixels lies
            between the smallest and the largest side (on the call).

    Example:
        >>> import numpy as np
        >>> mask = RandomBlock()(128, 128, np.random.default_rng(0))
        >>> bool(0.20 <= mask.mean() <= 0.25)
        True
    """

    def __init__(
        self,
        min_side: float = 1 / 8,
        max_side: float = 1 / 4,
        max_area: float = 0.25,
        stop_area: float = 0.20,
        tries: int = 50,
    ) -> None:
        check_number("RandomBlock: max_side", max_side, above=0, below=1)
        check_number("RandomBlock: min_side", min_side, above=0, most=max_side)
        check_number("RandomBlock: max_area", max_area, least=max_side**2, below=1)
        check_number("RandomBlock: stop_area", stop_area, above=0, most=max_area)
        check_number("RandomBlock: tries", tries, least=1, whole=True)
        self.min_side = min_side
        self.max_side = max_side
        self.max_area = max_area
        self.stop_area = stop_area
        self.tries = tries

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=1)
        # All tries are drawn in four calls: one call a number would cost more than
        # everything else here.
        heights, tops = self._draw(height, rng)
        widths, lefts = self._draw(width, rng)
        mask = np.zeros((height, width), bool)
        most, stop = self.max_area * mask.size, self.stop_area * mask.size
        area = 0
        for h, y, w, x in zip(heights, tops, widths, lefts):
            block = mask[y : y + h, x : x + w]
            grown = area + h * w - np.count_nonzero(block)
            # The first fits by max_area's bound, whatever rounding says at 7 px of 1/7.
            if grown <= most or not area:
                block[...] = True
                area = grown
                if area >= stop:
                    break
        return mask

    def _draw(
        self, length: int, rng: np.random.Generator
    ) -> tuple[list[int], list[int]]:
        """Sides and first pixels of all tries along an axis of ``length`` pixels."""
        # The tolerance keeps 0.1 * 30 from counting as more than 3.
        low = max(1, ceil(self.min_side * length - 1e-9))
        high = floor(self.max_side * length + 1e-9)
        if low > high:
            raise InputError(
                f"{self} has no block for a picture side of {length} pixels: use "
                "larger pictures or a wider range of sides"
            )
        sides = rng.integers(low, high + 1, self.tries)
        return sides.tolist(), rng.integers(0, length - sides + 1).tolist()
