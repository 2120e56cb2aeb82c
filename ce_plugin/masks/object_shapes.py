"""Silhouettes of objects, read from a folder of segmentation masks."""

import warnings
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ce_plugin.errors import InputError

LABEL_MODES = {"1", "L", "P", "I", "I;16"}


def find_masks(folder: str | Path) -> list[Path]:
    """All PNG files below ``folder``, at any depth, sorted.

    Raises:
        InputError: There is no such folder, or no PNG in it.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise InputError(
            f"no folder of segmentation masks at '{root}': give the path of one that "
            "holds label maps as PNG, such as SegmentationObject of PASCAL VOC"
        )
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() == ".png")
    if not files:
        raise InputError(f"no PNG in '{root}': segmentation masks are read from PNG")
    return files


def read_labels(path: Path) -> np.ndarray:
    """The label map (H, W) of a PNG, palette indices for a palette picture.

    Raises:
        OSError: The file is not a readable picture with one channel.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in LABEL_MODES:
                raise OSError(f"a picture of mode {image.mode} is no label map")
            return np.asarray(image)
    except (ValueError, SyntaxError, Image.DecompressionBombError) as error:
        # Pillow lets these through for some broken files.
        raise OSError(str(error)) from error


def cut_regions(
    labels: np.ndarray, ignore: tuple[int, ...], min_pixels: int, max_side: int
) -> list[np.ndarray]:
    """Cut out the pixels of every label, as uint8 arrays of 0 and 1.

    A label may consist of several pieces; they stay together. Regions with fewer than
    ``min_pixels`` pixels are left out, larger ones than ``max_side`` pixels reduced.
    """
    shapes = []
    for label in np.unique(labels):
        region = labels == label
        if label in ignore or np.count_nonzero(region) < min_pixels:
            continue
        rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
        shape = region[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        shape = shape.astype(np.uint8)
        ratio = max_side / max(shape.shape)
        if ratio < 1:
            height, width = (max(1, round(side * ratio)) for side in shape.shape)
            share = cv2.resize(
                shape * 255, (width, height), interpolation=cv2.INTER_AREA
            )
            shape = (share >= 128).astype(np.uint8)
        if shape.any():
            shapes.append(shape)
    return shapes


@lru_cache(maxsize=4)
def load_shapes(
    folder: str,
    ignore: tuple[int, ...],
    max_masks: int,
    seed: int,
    min_pixels: int = 64,
    max_side: int = 128,
) -> list[list[np.ndarray]]:
    """Read the shapes of up to ``max_masks`` mask files, once a process.

    Args:
        folder: Folder of label maps as PNG, at any depth.
        ignore: Labels that are no objects.
        max_masks: Number of files with a usable region to stop at. If there are more,
            the choice is drawn with ``seed``.
        seed: Seed of that choice.
        min_pixels: Regions with fewer pixels are left out.
        max_side: Shapes are reduced to at most this many pixels a side.

    Returns:
        A list a file of its shapes, uint8 arrays of 0 and 1 cut to their bounding box.
        At most ``max_side ** 2`` bytes a shape: 10 MB for 500 masks of PASCAL VOC.

    Raises:
        InputError: The folder is missing, or has no mask file or no usable region.
    """
    files = find_masks(folder)
    groups: list[list[np.ndarray]] = []
    unreadable: list[str] = []
    for index in np.random.default_rng(seed).permutation(len(files)):
        if len(groups) == max_masks:
            break
        try:
            labels = read_labels(files[index])
        except OSError as error:
            unreadable.append(f"{files[index]} ({error})")
            continue
        shapes = cut_regions(labels, ignore, min_pixels, max_side)
        if shapes:
            groups.append(shapes)
    if unreadable:
        named = sorted(unreadable)[:10]
        if len(unreadable) > len(named):
            named.append("...")
        warnings.warn(
            f"skipped {len(unreadable)} of {len(files)} segmentation masks that cannot "
            f"be read as label maps: {'; '.join(named)}",
            stacklevel=2,
        )
    if not groups:
        raise InputError(
            f"no usable region in the {len(files)} PNG files of '{folder}': label maps "
            f"are needed with labels other than {', '.join(map(str, ignore))} on "
            f"{min_pixels} pixels or more ({len(unreadable)} files could not be read)"
        )
    return groups
