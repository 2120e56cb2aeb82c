"""The central square of the paper's inpainting experiments."""

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .checks import check_number


def center_span(side: int, overlap: int = 0) -> slice:
    """Rows or columns of the middle half of ``side`` pixels, less an overlap.

    Example:
        >>> center_span(128), center_span(227, overlap=7)
        (slice(32, 96, None), slice(64, 163, None))
    """
    start = (side + 2) // 4 + overlap
    return slice(start, side - start)


@MASKS.register_module()
class CenterRegion(MaskGenerator):
    """The same hole in every picture: the middle half of each axis, less an overlap.

    Along an axis of S pixels the hole is [S/4 + overlap, 3S/4 - overlap), half open.
    Where 4 does not divide S, S/4 is rounded to the nearest pixel (half upwards) and
    the far edge is its mirror image, so that the hole stays centred; at 227 px and an
    overlap of 7 this gives [64, 163), as in the authors' test pictures.

    With an overlap the network predicts [S/4, 3S/4), but a ring of it stays visible:
    4 px at 128 px in the released code, which is the paper's 7 px at 227 px
    (section 4; "overlapPred" in the released code).

    Args:
        overlap: Width of the visible ring in pixels, 0 or more.

    Raises:
        InputError: The overlap is negative, or leaves nothing of the hole (on the
            call, when the size is known).

    Example:
        >>> import numpy as np
        >>> mask = CenterRegion(overlap=4)(128, 128, np.random.default_rng(0))
        >>> int(mask.sum()), bool(mask[36:92, 36:92].all())
        (3136, True)
    """

    def __init__(self, overlap: int = 0) -> None:
        check_number("CenterRegion: overlap", overlap, least=0, whole=True)
        self.overlap = overlap

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=2)
        rows, columns = (center_span(side, self.overlap) for side in (height, width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            raise InputError(
                f"{self} leaves no hole in a picture of {height}x{width} pixels: "
                "use a smaller overlap or larger pictures"
            )
        mask = np.zeros((height, width), bool)
        mask[rows, columns] = True
        return mask
