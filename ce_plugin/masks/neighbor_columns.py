"""A run of neighbouring columns of the flattened picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .checks import check_interval, check_number


@MASKS.register_module()
class NeighborColumns(MaskGenerator):
    """A block of neighbours among the pixels, taken row by row as one long list.

    What a table calls a column is one pixel here: of the H x W pixels in row-major
    order a run without gaps is the hole. On the picture that is a band of whole rows
    with two partial ones at its ends. The run does not wrap around, so the pixels at
    both ends of the list, a digit's empty border, are taken less often.

    The source names the block and no more: that the share is fixed, the place is
    uniform and every picture has its own (``one_mask_per_batch`` of the preprocessor
    undoes that) are choices of this package.

    Args:
        ratio: Share of the pixels that is removed, in (0, 1), or two such numbers
            (low, high) between which the number of pixels is drawn uniformly. At least
            one pixel is removed and one is kept.

    Raises:
        InputError: A share that is not in (0, 1), or a picture with a side below 2
            pixels (on the call).

    Source: Ucar et al. 2021 (SubTab), section 2.1, "a random block of neighboring
    columns (NC)"; masking ratio .15 in its table A1, .1 to .3 called a good range.

    Example:
        >>> import numpy as np
        >>> mask = NeighborColumns(0.5)(2, 4, np.random.default_rng(1))
        >>> mask.astype(int)
        array([[0, 0, 1, 1],
               [1, 1, 0, 0]])
    """

    def __init__(self, ratio: float | Sequence[float] = 0.15) -> None:
        pair = (ratio, ratio) if not isinstance(ratio, Sequence) else ratio
        low, high = check_interval("NeighborColumns: ratio", pair, least=0, most=1)
        check_number("NeighborColumns: ratio", low, above=0)
        check_number("NeighborColumns: ratio", high, below=1)
        self.ratio = ratio

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=2)
        count = height * width
        pair = self.ratio if isinstance(self.ratio, Sequence) else (self.ratio,) * 2
        low, high = (min(max(round(share * count), 1), count - 1) for share in pair)
        length = int(rng.integers(low, high + 1))
        start = int(rng.integers(count - length + 1))
        mask = np.zeros(count, bool)
        mask[start : start + length] = True
        return mask.reshape(height, width)
