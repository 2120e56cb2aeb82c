"""A picture file: all its frames and what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ce_plugin.errors import InputError

from .fill import fill_frame
from .frame import Frame
from .metadata import Metadata


@dataclass(frozen=True)
class PictureFile:
    """The contents of a picture file, so that it can be written as it came.

    Attributes:
        frames: Upright; one, or those of an animation or of a file with several pages.
        metadata: Profile, density, notes.
        container: Pillow's name of the file's format; empty for an array.
        orientation: EXIF's, 1 to 8, which the file had; the frames are turned already.
        timing: Pillow's options of an animation: 'duration' (ms, one a frame), 'loop'.
        coding: Pillow's options of a JPEG (quality tables, subsampling, progressive) or
            of a TIFF (its compression).
        notes: What the user should know.
    """

    frames: tuple[Frame, ...]
    metadata: Metadata = field(default_factory=Metadata)
    container: str = ""
    orientation: int = 1
    timing: dict[str, Any] = field(default_factory=dict)
    coding: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def pixels(self) -> np.ndarray:
        """The first frame's pixels, as stored; see :class:`Frame`."""
        return self.frames[0].pixels

    def as_rgb(self) -> list[np.ndarray]:
        """Each frame as one sees it, (H, W, 3) uint8 RGB."""
        return [frame.as_rgb() for frame in self.frames]

    def with_hole_filled(
        self,
        painted: Sequence[np.ndarray],
        holes: Sequence[np.ndarray],
        keep_alpha: bool = False,
        few_colours: bool = False,
    ) -> PictureFile:
        """The file with other pixels in its holes and the same ones everywhere else.

        Args:
            painted: (H, W, 3) uint8 RGB for each frame.
            holes: (H, W) bool for each frame, True = hole.
            keep_alpha: See :func:`~.fill.fill_frame`.
            few_colours: See :func:`~.fill.fill_frame`.
        """
        frames, notes = [], {}
        for frame, rgb, hole in zip(self.frames, painted, holes, strict=True):
            filled, told = frame, ()
            if hole.any():
                filled, told = fill_frame(frame, rgb, hole, keep_alpha, few_colours)
            frames.append(filled)
            notes |= dict.fromkeys(told)
        return replace(self, frames=tuple(frames), notes=(*self.notes, *notes))

    def with_bit_depth(self, bits: int) -> PictureFile:
        """The same with the brightest of ``bits`` shown as white; 8-bit frames stay.

        Raises:
            InputError: A value needs more bits, or there is no such depth.
        """
        if not 1 <= bits <= 32:
            raise InputError(f"a bit depth is in 1..32, not {bits}")
        frames, white = [], (1 << bits) - 1
        for frame in self.frames:
            if frame.is_deep and frame.pixels.dtype.kind in "ui":
                most = int(frame.colours.max())
                if most > white:
                    raise InputError(
                        f"it holds values up to {most}, more than {bits} bits; give "
                        f"another bit depth (the type has {frame.pixels.itemsize * 8})"
                    )
                frame = replace(frame, white=white)
            frames.append(frame)
        return replace(self, frames=tuple(frames))

    def check_values(self) -> None:
        """Raises :class:`InputError` where black and white are not known."""
        for frame in self.frames:
            if frame.pixels.dtype == np.int32 and frame.white == np.iinfo(np.int32).max:
                bits = int(frame.colours.max()).bit_length()
                raise InputError(
                    "its values are whole numbers of 32 bits, whose white is unknown; "
                    f"give --bit-depth (its brightest needs {bits})"
                )

    def check_known(self, holes: Sequence[np.ndarray]) -> None:
        """Raises :class:`InputError` where a value outside the holes is no number."""
        for frame, hole in zip(self.frames, holes, strict=True):
            if frame.pixels.dtype.kind == "f":
                known = frame.pixels[~hole]
                count = int(np.count_nonzero(~np.isfinite(known)))
                if count:
                    raise InputError(
                        f"{count} of its values outside the hole are no numbers (NaN "
                        "or infinite); make them part of the hole, or give them values"
                    )

    def hints(self) -> tuple[str, ...]:
        """Notes on values that are probably not meant as they are."""
        floats = [f.pixels for f in self.frames if f.pixels.dtype.kind == "f"]
        if any(np.nanmin(p) < 0 or np.nanmax(p) > 1 for p in floats if p.size):
            return (
                "its floats are not all in [0, 1], which is black to white; those "
                "beyond are seen as these",
            )
        deep = [f for f in self.frames if f.pixels.dtype == np.uint16]
        most = max((int(f.colours.max()) for f in deep), default=0)
        if not 0 < most < 1 << 14 or any(f.white != 65535 for f in deep):
            return ()
        bits = max(most.bit_length(), 8)
        return (
            f"its brightest of 16-bit values is {most} and nearly black; if white is "
            f"{(1 << bits) - 1}, give --bit-depth {bits}",
        )
