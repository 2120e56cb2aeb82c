"""Cells of a regular grid, for encoders that see a picture as patches."""

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .checks import check_number


@MASKS.register_module()
class GridPatches(MaskGenerator):
    """A random choice of square patches, the same number in every picture.

    Not in the paper: the masks that transformers and ConvNeXts are pretrained with.
    Of the n patches exactly round(ratio * n) are removed, but at least one is removed
    and at least one is kept. Every choice of that many patches is equally likely.

    Args:
        patch_size: Side of a patch in pixels. Both sides of the picture must be
            multiples of it: a cut-off patch at the edge would make the hole's area
            vary and would not match the encoder's own grid.
        ratio: Fraction of the patches to remove, between 0 and 1, both excluded.

    Raises:
        InputError: A constant is out of its range; the picture's sides are no
            multiples of ``patch_size``, or it has fewer than two patches (on the
            call).

    Example:
        >>> import numpy as np
        >>> patches = GridPatches(patch_size=2, ratio=0.5)
        >>> mask = patches(4, 6, np.random.default_rng(0))
        >>> mask.shape, int(mask.sum())  # 3 of 6 patches of 4 pixels
        ((4, 6), 12)
    """

    def __init__(self, patch_size: int = 16, ratio: float = 0.5) -> None:
        check_number("GridPatches: patch_size", patch_size, least=1, whole=True)
        check_number("GridPatches: ratio", ratio, above=0, below=1)
        self.patch_size = patch_size
        self.ratio = ratio

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        size = self.patch_size
        self.check_size(height, width, least=size)
        if height % size or width % size or height * width == size**2:
            raise InputError(
                f"{self} cannot fit a picture of {height}x{width} pixels: both sides "
                f"must be multiples of {size}, with two patches or more; change the "
                "crop size or patch_size"
            )
        rows, columns = height // size, width // size
        count = rows * columns
        removed = min(max(round(self.ratio * count), 1), count - 1)
        cells = np.zeros(count, bool)
        cells[rng.permutation(count)[:removed]] = True
        cells = cells.reshape(rows, 1, columns, 1)
        # A copy: of patches of one pixel the grid would be a view that is read-only.
        grid = np.array(np.broadcast_to(cells, (rows, size, columns, size)))
        return grid.reshape(height, width)
