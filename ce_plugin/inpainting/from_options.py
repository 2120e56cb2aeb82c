"""Holes from the options of a command line."""

from __future__ import annotations

from collections.abc import Sequence

from ce_plugin.errors import InputError
from ce_plugin.masks.from_options import generator_config

from .reading import Mask


def masks_from_options(
    mask: str | None, boxes: Sequence[str] | None, generator: Sequence[str] | None
) -> Mask:
    """The masks of :class:`~ce_plugin.inpainting.InpaintingInferencer`.

    Args:
        mask: A picture, a folder, or the word alpha.
        boxes: LEFT,TOP,RIGHT,BOTTOM each, in pixels.
        generator: The name of a mask generator, then its options, KEY=VALUE each.

    Raises:
        InputError: Not exactly one of the three is given, or one that is wrong.

    Example:
        >>> masks_from_options(None, ["0,0,8,16"], None)
        [(0, 0, 8, 16)]
    """
    given = sum(x is not None for x in (mask, boxes, generator))
    if given != 1:
        raise InputError(
            f"{given} of --mask, --box and --generator are given; give one"
        )
    if mask:
        return mask
    if generator:
        return generator_config(generator[0], generator[1:])
    try:
        corners = [tuple(int(n) for n in box.split(",")) for box in boxes]
    except ValueError:
        corners = [()]
    if any(len(box) != 4 for box in corners):
        raise InputError(
            f"--box is LEFT,TOP,RIGHT,BOTTOM in whole pixels, not {' '.join(boxes)}"
        )
    return corners
