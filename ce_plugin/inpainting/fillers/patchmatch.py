"""Fills a hole with patches of the picture itself."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ce_plugin.datasets.build import build_named
from ce_plugin.errors import InputError
from ce_plugin.inpainting.patchmatch import (
    Level,
    complete,
    groups,
    patches_within,
    windows,
    with_texture,
)
from ce_plugin.registry import FILLERS

from .base import Filler

_ENOUGH = 16  # known patches without which nothing is matched
_STARTS = ("noise", "context-mean")


@FILLERS.register_module()
class PatchMatch(Filler):
    """Fills a hole with patches from around it, at the picture's own resolution.

    What stands in the hole at first decides what is found: the paper starts such a
    method from the Context Encoder's result. All starts go through the same levels,
    which depend on the hole alone, so that they can be compared.

    Args:
        start: ``noise``: each pixel of the hole, at the coarsest level, takes the
            colour of a known one drawn from the window; ``context-mean``: the mean of
            the window's known pixels; or a filler or its config, whose prediction
            fills the hole at full resolution and is scaled down from there.
        patch: Side of a patch in pixels, odd.
        coarsest: The window is halved as long as the hole's thickness, twice the
            largest distance from a pixel of it to its edge, is at least this many
            pixels, and some of the hole is left at half the size. With a large one the
            start counts in all its detail, with a small one only its broad colours.
        window: Copied is from a window of at least this many pixels to a side around
            the hole (twice the hole, at most this much more, if that is larger),
            widened where fewer patches are known in it than the hole has pixels.
            Bounds time and memory whatever the picture's size; holes further apart
            than half of it are filled apart, the small ones first.
        rounds: Number of rounds of matching and voting at the coarsest and at the
            finest level.
        texture: What the mean slopes around a pixel count beside its colours.

    Raises:
        InputError: An argument out of its range, or an unknown start.

    Source: Barnes et al. 2009, PatchMatch; Wexler et al. 2007, Space-Time Completion of
        Video; started from the Context Encoder: the paper, section 5.1.

    Example:
        >>> stripes = np.zeros((32, 32, 3), np.uint8)
        >>> stripes[:, ::4] = 255
        >>> hole = np.zeros((32, 32), bool)
        >>> hole[12:20, 12:20] = True
        >>> (filling,) = PatchMatch("context-mean")([stripes], [hole])
        >>> bool((filling.composite == stripes).all())
        True
    """

    name = "patchmatch"

    def __init__(
        self,
        start: str | dict | Filler = "noise",
        patch: int = 7,
        coarsest: int = 10,
        window: int = 512,
        rounds: tuple[int, int] = (16, 2),
        texture: float = 3.0,
    ) -> None:
        if isinstance(start, dict):
            start = build_named(FILLERS, start, "filler")
        if not isinstance(start, Filler) and start not in _STARTS:
            raise InputError(
                f"PatchMatch: start is one of {', '.join(_STARTS)}, a filler or its "
                f"config, not {start!r}"
            )
        if patch < 3 or patch % 2 == 0:
            raise InputError(f"PatchMatch: patch is an odd number from 3, not {patch}")
        if coarsest < 1 or window < 2 * patch:
            raise InputError(
                "PatchMatch: coarsest is at least 1 and window at least two patches, "
                f"not {coarsest} and {window}"
            )
        if len(rounds) != 2 or min(rounds) < 1:
            raise InputError(
                f"PatchMatch: rounds are two numbers of at least 1, not {rounds}"
            )
        if texture < 0:
            raise InputError(f"PatchMatch: texture is at least 0, not {texture}")
        self.start = start
        self.patch = patch
        self.coarsest = coarsest
        self.window = window
        self.rounds = tuple(rounds)
        self.texture = texture

    def paint(self, pictures, holes, rngs):
        if isinstance(self.start, Filler):
            begun = self.start.paint(pictures, holes, rngs)
        else:
            begun = [(picture.copy(), ()) for picture in pictures]
        painted = []
        for (out, notes), picture, hole, rng in zip(
            begun, pictures, holes, rngs, strict=True
        ):
            np.copyto(out, picture, where=~hole[..., None])
            own = self._fill(out, hole, rng)
            painted.append((out, (*notes, *own)))
        return painted

    def _fill(
        self, picture: np.ndarray, hole: np.ndarray, rng: np.random.Generator
    ) -> tuple[str, ...]:
        """Fills a picture in place, from what its hole shows; returns notes."""
        empty = hole.copy()
        notes: dict[str, None] = {}
        for box, pixels in groups(hole, max(self.window // 2, 1)):
            for window in windows(box, hole.shape, self.window):
                source = ~hole[window]
                size = min(self.patch, *source.shape)
                if patches_within(source, size).sum() >= pixels.sum():
                    break
            while patches_within(source, size).sum() < min(_ENOUGH, source.sum()):
                size -= 1
            if size < self.patch:
                notes[
                    f"patches of {size} x {size} pixels instead of {self.patch} x "
                    f"{self.patch}: too few larger ones are known"
                ] = None
            own = np.zeros_like(source)
            top, left = window[0].start, window[1].start
            rows, columns = box
            own[
                rows.start - top : rows.stop - top,
                columns.start - left : columns.stop - left,
            ] = pixels
            levels, missed = self._levels(
                picture[window], own, ~empty[window], source, size
            )
            if missed:
                notes[
                    f"started at 1/{2 ** (len(levels) - 1)} of the size instead of "
                    f"1/{2 ** (len(levels) - 1 + missed)}: too little is known around "
                    "the hole"
                ] = None
            self._begin(levels[-1], rng)
            filled = complete(levels, size, rng, self.rounds)[own][:, :3]
            picture[window][own] = np.clip(np.rint(filled), 0, 255)
            empty[window][own] = False
        return tuple(notes)

    def _levels(
        self,
        picture: np.ndarray,
        hole: np.ndarray,
        seen: np.ndarray,
        source: np.ndarray,
        size: int,
    ) -> tuple[list[Level], int]:
        """The window from fine to coarse, and how many halvings were not possible."""
        thickness = 2 * float(ndimage.distance_transform_edt(hole).max())
        halvings = 0
        while thickness >= self.coarsest * 2 ** (halvings + 1):
            halvings += 1
        level = Level(picture.astype(np.float32), hole, seen, source)
        levels = [with_texture(level, 2**halvings + 1, self.texture)]
        for done in range(halvings):
            level = levels[-1].half()
            if not level.hole.any():  # too thin: nothing would be left to match
                break
            if (
                min(level.hole.shape) < size
                or patches_within(level.source, size).sum() < _ENOUGH
            ):
                return levels, halvings - done
            levels.append(level)
        return levels, 0

    def _begin(self, coarsest: Level, rng: np.random.Generator) -> None:
        """Puts the start into the hole, unless a filler has done so."""
        known = coarsest.image[coarsest.source][:, :3]
        count = int(coarsest.hole.sum())
        if self.start == "noise":
            coarsest.image[coarsest.hole, :3] = known[
                rng.integers(len(known), size=count)
            ]
        elif self.start == "context-mean":
            coarsest.image[coarsest.hole, :3] = known.mean(axis=0)
