"""Base class of the fillers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ce_plugin.errors import InputError


@dataclass(frozen=True)
class Filling:
    """A filled picture.

    Attributes:
        composite: (H, W, 3) uint8 RGB, the prediction in the hole and the picture, bit
            for bit, everywhere else.
        prediction: (H, W, 3) uint8 RGB, all that the filler painted, known pixels
            around the hole too where it painted them; the picture elsewhere.
        mask: (H, W) bool, True = hole.
        notes: What the user should know, such as a hole unlike those of the training.
    """

    composite: np.ndarray
    prediction: np.ndarray
    mask: np.ndarray
    notes: tuple[str, ...] = ()


class Filler(ABC):
    """Fills holes of any shape in pictures of any size.

    A filler paints; calling one checks what goes in and lets nothing out but the hole's
    pixels. What a hole's pixels are in the given picture is unknown to it: they are
    handed on in mid grey, whatever they were.

    To add one, write a class here, decorate it with ``@FILLERS.register_module()`` and
    import it in ``ce_plugin/inpainting/fillers/__init__.py``; the contract test finds
    it by itself.

    Example:
        >>> class Black(Filler):
        ...     def paint(self, pictures, holes, rngs):
        ...         return [(np.zeros_like(picture), ()) for picture in pictures]
        >>> white, hole = np.full((1, 2, 3), 255, np.uint8), np.array([[True, False]])
        >>> (filling,) = Black()([white], [hole])
        >>> filling.composite[0, :, 0].tolist()
        [0, 255]
    """

    name = ""
    """The filler's name on the command line and on pages."""

    @abstractmethod
    def paint(
        self,
        pictures: Sequence[np.ndarray],
        holes: Sequence[np.ndarray],
        rngs: Sequence[np.random.Generator],
    ) -> list[tuple[np.ndarray, tuple[str, ...]]]:
        """Paints the holes.

        Args:
            pictures: (H, W, 3) uint8 RGB each, mid grey in the holes; not to be
                written to. Sizes may differ.
            holes: (H, W) bool each, True = hole, neither empty nor full.
            rngs: One source of randomness for each picture, so that a result does not
                depend on what else is in the batch.

        Returns:
            For each picture a new (H, W, 3) uint8 array, of which only the hole's
            pixels get into the composite, and notes for the user.
        """

    def __call__(
        self,
        pictures: Sequence[np.ndarray],
        holes: Sequence[np.ndarray],
        seeds: Sequence[int] | None = None,
    ) -> list[Filling]:
        """Fills a batch.

        Args:
            pictures: (H, W, 3) uint8 RGB each; sizes may differ.
            holes: (H, W) bool each, True = hole.
            seeds: One for each picture; 0 for all by default.

        Returns:
            In the same order.

        Raises:
            InputError: A picture or mask of another form, a mask of another size than
                its picture, one without a hole or without a known pixel, or a seed
                below 0.
        """
        for picture, hole in zip(pictures, holes, strict=True):
            check_pair(picture, hole)
        seeds = seeds or [0] * len(pictures)
        if min(seeds, default=0) < 0:
            raise InputError(f"a seed is 0 or more, not {min(seeds)}")
        given = []
        for picture, hole in zip(pictures, holes):
            known = picture.copy()
            known[hole] = 128
            given.append(known)
        rngs = [np.random.default_rng(s) for s in seeds]
        found = self.paint(given, holes, rngs)
        return [
            Filling(
                np.where(hole[..., None], prediction, picture), prediction, hole, notes
            )
            for picture, hole, (prediction, notes) in zip(
                pictures, holes, found, strict=True
            )
        ]


def check_pair(picture: np.ndarray, hole: np.ndarray) -> None:
    """Raises :class:`InputError` unless ``hole`` is one in ``picture``."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise InputError(
            f"a picture is (H, W, 3) uint8 RGB, not {picture.shape} {picture.dtype}"
        )
    if hole.dtype != bool or hole.ndim != 2:
        raise InputError(f"a mask is (H, W) bool, not {hole.shape} {hole.dtype}")
    if hole.shape != picture.shape[:2]:
        (h, w), (height, width) = hole.shape, picture.shape[:2]
        raise InputError(
            f"the mask has {w} x {h} pixels and the picture {width} x {height}; give a "
            "mask of the picture's size"
        )
    if not hole.any():
        raise InputError(
            "the mask is empty, there is nothing to fill; holes are white in a mask "
            "picture and True in an array"
        )
    if hole.all():
        raise InputError(
            "the mask covers the whole picture, nothing is left to fill it from; holes "
            "are white in a mask picture and True in an array"
        )
