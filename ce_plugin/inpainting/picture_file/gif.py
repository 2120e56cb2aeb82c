"""Joins pictures with transparency to an animated GIF.

Pillow writes of each frame of an animation what is not as in the frame before. What has
become transparent since then cannot be written so: the old frame would shine through.
Here each frame is whole, and is taken away (disposal 2) before the next is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

DISPOSAL = 2
"""The frame's place becomes transparent again."""
_HEADER, _CONTROL, _DESCRIPTOR = 13, 8, 10
_TABLE = 0x80
"""Of the flags: a table of colours follows, of 2 ** (1 + the lower three bits)."""


def join_frames(files: Sequence[bytes]) -> bytes:
    """An animated GIF of GIFs that have one frame each.

    Args:
        files: As Pillow writes them, with a control block (a duration or disposal). The
            first one's header, loop and comment become those of the animation; the
            others have neither loop nor comment.
    """
    first, *others = files
    return first[:-1] + b"".join(map(_with_own_table, others)) + first[-1:]


def _with_own_table(file: bytes) -> bytes:
    """The frame of a file, whose colours stand in the file's header, with them."""
    flags = file[10]
    start = _HEADER + (6 << (flags & 7))
    table, frame = file[_HEADER:start], file[start:-1]
    end = _CONTROL + _DESCRIPTOR
    flags = frame[end - 1] | _TABLE | flags & 7
    return frame[: end - 1] + bytes([flags]) + table + frame[end:]
