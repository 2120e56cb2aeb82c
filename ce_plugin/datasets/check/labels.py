"""The labels in a segmentation mask."""

from __future__ import annotations

import numpy as np
from PIL import Image, UnidentifiedImageError

from .colours import labels_of_colours


class BadMask(Exception):
    """A file that is no mask of labels; the message is the reason."""


def mask_labels(path: str) -> set[int]:
    """The labels that occur in a mask: a grey picture, or the indices of a palette.

    Raises:
        BadMask: It cannot be read, or it is a colour picture.
        FileNotFoundError: There is none.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), 'mask.png')
        >>> mask = Image.new('L', (4, 3), 0)
        >>> mask.putpixel((1, 1), 255)
        >>> mask.save(path)
        >>> sorted(mask_labels(path))
        [0, 255]
    """
    try:
        with Image.open(path) as image:
            if image.mode in ("L", "P"):
                # Far faster than sorting the pixels.
                return {i for i, n in enumerate(image.histogram()) if n}
            pixels = np.asarray(image)
            mode = image.mode
    except FileNotFoundError:
        raise
    except UnidentifiedImageError as error:
        raise BadMask("it is not a picture file") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadMask(str(error)) from error
    if pixels.ndim != 2:
        raise BadMask(f"a colour picture ({mode}), not one label a pixel{_way(pixels)}")
    return set(np.unique(pixels.astype(np.int64)).tolist())


def _way(pixels: np.ndarray) -> str:
    """Advice for masks in VOC's colours, empty for others."""
    if pixels.shape[2] != 3 or labels_of_colours(pixels) is None:
        return ""
    return ", but in VOC's colours: prepare_data numbers makes labels of them"


def picture_size(path: str) -> tuple[int, int] | None:
    """Width and height as the file's head has them, None where it has none."""
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, SyntaxError, ValueError):
        return None
