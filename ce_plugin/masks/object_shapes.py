"""Silhouettes of objects, read from a folder of segmentation masks."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from PIL import Image

from ce_plugin.errors import InputError

from .base import MaskGenerator
from .checks import check_number

LABEL_MODES = {"1", "L", "P", "I", "I;16"}

T = TypeVar("T")


class FolderShapes(MaskGenerator):
    """Base class of the generators whose shapes come from a folder of label maps."""

    def set_folder(
        self,
        folder: str | PathLike,
        ignore: Sequence[int],
        max_masks: int,
        shapes_seed: int,
        called: str,
    ) -> None:
        """Checks and keeps the folder, and which of its shapes are used.

        Args:
            folder: Folder of segmentation masks as PNG, read later.
            ignore: Labels that are no object.
            max_masks: Read at most so many files, drawn at random.
            shapes_seed: Seed of that draw.
            called: The generator in messages.

        Raises:
            InputError: A value is out of its range, the folder is missing or has no
                PNG.
        """
        if not isinstance(folder, str | PathLike):
            raise InputError(
                f"{called}: folder must be a path, got {folder!r}; of a folder with a "
                f"number for its name './{folder}'"
            )
        if not isinstance(ignore, Sequence):
            raise InputError(f"{called}: ignore must be a list, got {ignore!r}")
        for label in ignore:
            check_number(f"{called}: ignore", label, whole=True)
        check_number(f"{called}: max_masks", max_masks, least=1, whole=True)
        check_number(f"{called}: shapes_seed", shapes_seed, least=0, whole=True)
        self.folder, self.ignore = fspath(folder), tuple(ignore)
        self.max_masks, self.shapes_seed = max_masks, shapes_seed
        find_masks(self.folder)


class PlacedObject(NamedTuple):
    """The silhouette of an object and where it is in its own picture.

    Attributes:
        shape: uint8 (h, w) of 0 and 255, cut to its bounding box, perhaps reduced.
        box: top, left, height and width of that box, in pixels of the picture.
        size: Height and width of the picture.
    """

    shape: np.ndarray
    box: tuple[int, int, int, int]
    size: tuple[int, int]


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


def _regions(
    labels: np.ndarray, ignore: tuple[int, ...], min_pixels: int
) -> Iterator[tuple[np.ndarray, int, int]]:
    """The pixels of every label in their bounding box, and its top and left.

    A label may consist of several pieces; they stay together.
    """
    for label in np.unique(labels):
        region = labels == label
        if label in ignore or np.count_nonzero(region) < min_pixels:
            continue
        rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
        top, left = int(rows[0]), int(columns[0])
        yield region[top : rows[-1] + 1, left : columns[-1] + 1], top, left


def _reduced(region: np.ndarray, max_side: int) -> np.ndarray:
    """Share of ones, uint8 of 0..255, with at most ``max_side`` pixels a side."""
    share = region.astype(np.uint8) * 255
    ratio = max_side / max(share.shape)
    if ratio < 1:
        height, width = (max(1, round(side * ratio)) for side in share.shape)
        share = cv2.resize(share, (width, height), interpolation=cv2.INTER_AREA)
    return share


def cut_regions(
    labels: np.ndarray, ignore: tuple[int, ...], min_pixels: int, max_side: int
) -> list[np.ndarray]:
    """Cut out the pixels of every label, as uint8 arrays of 0 and 1.

    A label may consist of several pieces; they stay together. Regions with fewer than
    ``min_pixels`` pixels are left out, larger ones than ``max_side`` pixels reduced.
    """
    shapes = [
        (_reduced(region, max_side) >= 128).astype(np.uint8)
        for region, _, _ in _regions(labels, ignore, min_pixels)
    ]
    return [shape for shape in shapes if shape.any()]


def cut_objects(
    labels: np.ndarray, ignore: tuple[int, ...], min_pixels: int, max_side: int
) -> list[PlacedObject]:
    """Like :func:`cut_regions`, with the place of each."""
    return [
        PlacedObject(_reduced(region, max_side), (top, left, *region.shape), shape)
        for shape in [labels.shape]
        for region, top, left in _regions(labels, ignore, min_pixels)
    ]


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
    return _load(
        folder,
        ignore,
        max_masks,
        seed,
        min_pixels,
        lambda labels: cut_regions(labels, ignore, min_pixels, max_side),
    )


@lru_cache(maxsize=4)
def load_objects(
    folder: str,
    ignore: tuple[int, ...],
    max_masks: int,
    seed: int,
    min_pixels: int = 64,
    max_side: int = 256,
) -> list[PlacedObject]:
    """Like :func:`load_shapes`: objects of up to ``max_masks`` files in one list."""
    groups = _load(
        folder,
        ignore,
        max_masks,
        seed,
        min_pixels,
        lambda labels: cut_objects(labels, ignore, min_pixels, max_side),
    )
    return [found for group in groups for found in group]


def _load(
    folder: str,
    ignore: tuple[int, ...],
    max_masks: int,
    seed: int,
    min_pixels: int,
    cut: Callable[[np.ndarray], list[T]],
) -> list[list[T]]:
    files = find_masks(folder)
    groups: list[list[T]] = []
    unreadable: list[str] = []
    for index in np.random.default_rng(seed).permutation(len(files)):
        if len(groups) == max_masks:
            break
        try:
            labels = read_labels(files[index])
        except OSError as error:
            unreadable.append(f"{files[index]} ({error})")
            continue
        found = cut(labels)
        if found:
            groups.append(found)
    if unreadable:
        named = sorted(unreadable)[:10]
        if len(unreadable) > len(named):
            named.append("...")
        warnings.warn(
            f"skipped {len(unreadable)} of {len(files)} segmentation masks that cannot "
            f"be read as label maps: {'; '.join(named)}",
            stacklevel=3,
        )
    if not groups:
        raise InputError(
            f"no usable region in the {len(files)} PNG files of '{folder}': label maps "
            f"are needed with labels other than {', '.join(map(str, ignore))} on "
            f"{min_pixels} pixels or more ({len(unreadable)} files could not be read)"
        )
    return groups
