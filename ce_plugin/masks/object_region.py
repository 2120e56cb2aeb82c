"""The silhouette of one object, where it stands in a picture of its own."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import cv2
import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .checks import check_number
from .object_shapes import FolderShapes, PlacedObject, load_objects


@MASKS.register_module()
class ObjectRegion(FolderShapes):
    """One object of a folder of segmentation masks, undeformed and in its place.

    What taking an object out of a photo leaves: one silhouette as people segment it,
    of the size and at the place that objects have in photos.
    ``RandomRegion(kind="shapes")``, the paper's training mask, uses the same folders
    but deforms several shapes and pastes them anywhere.

    The object's picture is scaled until it covers the wanted size, both sides alike,
    and cut in the middle. Every object of which enough is left is equally likely.

    The objects are read on the first call, once a process, and stay in memory, at most
    256 px a side (20 MB for 500 masks of VOC at 320 px).

    Args:
        folder: Folder with label maps as palette or grey PNG, at any depth, such as
            SegmentationObject of PASCAL VOC. In SegmentationClass an object is all
            that a picture has of a class.
        ignore: Labels that are no objects: background and void.
        max_masks: Number of mask files to read at most, chosen at random.
        shapes_seed: Seed of that choice, 0 or more.
        min_area: Smallest area of the hole, as a fraction of the picture.
        max_area: Largest area of the hole, as a fraction of the picture.

    Raises:
        InputError: A constant is out of its range, the folder is missing or has no PNG
            (at once); no usable region in it, a picture side below 8 px, or no object
            with an area in the range (on the call).

    Source: the segmentation masks of LaMa (Suvorov et al. 2022) are its idea; sizes
    and cut are choices of this package.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> folder = tempfile.mkdtemp()
        >>> labels = np.zeros((32, 64), np.uint8)
        >>> labels[8:24, 32:48] = 7
        >>> Image.fromarray(labels).save(f"{folder}/labels.png")
        >>> mask = ObjectRegion(folder)(16, 16, np.random.default_rng(0))
        >>> np.argwhere(mask).min(0).tolist(), np.argwhere(mask).max(0).tolist()
        ([4, 8], [11, 15])
    """

    def __init__(
        self,
        folder: str | PathLike,
        ignore: Sequence[int] = (0, 255),
        max_masks: int = 500,
        shapes_seed: int = 0,
        min_area: float = 0.02,
        max_area: float = 0.5,
    ) -> None:
        name = "ObjectRegion: {}".format
        self.set_folder(folder, ignore, max_masks, shapes_seed, "ObjectRegion")
        check_number(name("max_area"), max_area, above=0, below=1)
        check_number(name("min_area"), min_area, least=0, most=max_area)
        self.min_area = min_area
        self.max_area = max_area

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=8)
        objects = load_objects(
            self.folder, self.ignore, self.max_masks, self.shapes_seed
        )
        least, most = (
            share * height * width for share in (self.min_area, self.max_area)
        )
        # A random order instead of draws: the first that fits is as good a choice, and
        # at its end it is certain that none does.
        for index in rng.permutation(len(objects)):
            mask = _place(objects[index], height, width)
            if mask is not None and max(least, 1) <= cv2.countNonZero(mask) <= most:
                return mask.view(bool)
        raise InputError(
            f"{self} has no object of that area in a picture of {height}x{width} "
            f"pixels, among {len(objects)}: widen min_area and max_area"
        )


def _place(found: PlacedObject, height: int, width: int) -> np.ndarray | None:
    """The object in a picture of that size, uint8 of 0 and 1; None if cut off."""
    scale = max(height / found.size[0], width / found.size[1])
    top, left, h, w = (scale * number for number in found.box)
    top -= (scale * found.size[0] - height) / 2
    left -= (scale * found.size[1] - width) / 2
    rows, columns = found.shape.shape
    # From the centre of a pixel of the picture to one of the shape.
    along_x, along_y = columns / w, rows / h
    y0, y1 = max(0, round(top)), min(height, round(top + h))
    x0, x1 = max(0, round(left)), min(width, round(left + w))
    if y0 >= y1 or x0 >= x1:
        return None
    warp = np.array(
        [
            [along_x, 0, (x0 + 0.5 - left) * along_x - 0.5],
            [0, along_y, (y0 + 0.5 - top) * along_y - 0.5],
        ]
    )
    share = cv2.warpAffine(
        found.shape,
        warp,
        (x1 - x0, y1 - y0),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    mask = np.zeros((height, width), np.uint8)
    cv2.threshold(share, 127, 1, cv2.THRESH_BINARY, dst=mask[y0:y1, x0:x1])
    return mask
