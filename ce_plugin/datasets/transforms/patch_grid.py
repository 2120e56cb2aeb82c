"""Patches of a 3 x 3 grid, for tasks about where they lie."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms import v2

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS

LEAST_PATCH = 32
"""Pixels: what an encoder of stride 32 needs to see anything."""
COLOURS = ("drop", "project", "keep")
_FILL = 118
"""About the mean of photographs in bytes: what a dropped channel is filled with."""
# Green against magenta, along which lenses scatter colours: a of the paper's footnote.
_AXIS = torch.tensor([-1.0, 2.0, -1.0])
_PROJECTION = torch.eye(3) - torch.outer(_AXIS, _AXIS) / _AXIS.dot(_AXIS)


@TRANSFORMS.register_module()
class RelativeLocationPatches:
    """Nine patches of a picture: the centre of a 3 x 3 grid, then its neighbours.

    A square part of the picture is drawn and resized so that patches of the grid have
    ``patch`` pixels to a side, with a gap between them and each moved by a jitter of
    its own. Nothing but the pictures' contents then tells where a patch lies: no line
    runs on from one to the next, and the colour fringes of lenses are taken away.

    Args:
        size: Side in pixels of the crop that costs an encoder as much: nine patches
            have as many pixels as one picture of this side, so a patch's side is a
            third of it, but at least 32.
        gap: Between neighbours, as a share of the patch's side.
        jitter: Largest shift of a patch in each direction, as a share of its side, at
            most half of ``gap``. A pixel less where patches could touch.
        colour: 'drop' (two channels of each patch, drawn at random, give way to faint
            noise), 'project' (the axis from green to magenta is taken out) or 'keep'.
        scale: Least and largest share of the picture's area that the grid covers, as
            far as a square can.
        patch: Side of a patch in pixels, where it is not to follow from ``size``.

    Returns (call):
        Nine uint8 (3, patch, patch): the centre, then the neighbours in reading order
        from the top left.

    Raises:
        InputError: An argument out of range.

    Source: Doersch et al. 2015, section 3 and footnote 1: patches of 96 px, gaps of 48,
    jitter of 7. Their random pixelation of patches is left out.

    Example:
        >>> transform = RelativeLocationPatches(96)
        >>> views = transform(torch.zeros(3, 200, 300, dtype=torch.uint8))
        >>> len(views), views[0].shape
        (9, torch.Size([3, 32, 32]))
    """

    def __init__(
        self,
        size: int,
        gap: float = 0.5,
        jitter: float = 7 / 96,
        colour: str = "drop",
        scale: tuple[float, float] = (0.3, 1.0),
        patch: int | None = None,
    ) -> None:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InputError(
                "size of RelativeLocationPatches is a whole number of pixels, not "
                f"{size!r}"
            )
        if colour not in COLOURS:
            raise InputError(
                "colour of RelativeLocationPatches is one of "
                f"{', '.join(COLOURS)}, not {colour!r}"
            )
        if not 0 <= jitter <= gap / 2:
            raise InputError(
                "RelativeLocationPatches: jitter is from 0 to half of gap, not "
                f"{jitter} of {gap}"
            )
        if patch is not None and patch < 1:
            raise InputError(
                "patch of RelativeLocationPatches is a number of pixels, or None for a "
                f"third of size, not {patch!r}"
            )
        if not 0 < scale[0] <= scale[1] <= 1:
            raise InputError(
                "scale of RelativeLocationPatches is two rising shares in (0, 1], not "
                f"{scale!r}"
            )
        self.patch = patch or max(LEAST_PATCH, size // 3)
        self.size, self.colour = size, colour
        self.gap = round(gap * self.patch)
        self.jitter = min(round(jitter * self.patch), max(0, (self.gap - 1) // 2))
        self.side = 3 * self.patch + 2 * self.gap + 2 * self.jitter
        self.crop = v2.RandomResizedCrop(self.side, scale, ratio=(1, 1), antialias=True)

    def corners(self) -> Tensor:
        """Top left corners of nine patches in reading order, drawn, (9, 2) of y, x."""
        grid = torch.cartesian_prod(torch.arange(3), torch.arange(3))
        shifts = torch.randint(-self.jitter, self.jitter + 1, (9, 2))
        return grid * (self.patch + self.gap) + self.jitter + shifts

    def __call__(self, picture: Tensor) -> list[Tensor]:
        area = self.crop(picture)
        if self.colour == "project":
            area = project_colours(area)
        side = self.patch
        patches = [
            area[:, y : y + side, x : x + side] for y, x in self.corners().tolist()
        ]
        if self.colour == "drop":
            patches = [drop_colours(patch) for patch in patches]
        return [patches[4], *patches[:4], *patches[5:]]

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(size={self.size}, patch={self.patch}, colour={self.colour!r})"


def drop_colours(patch: Tensor) -> Tensor:
    """Keeps one channel, drawn at random; the others are a flat colour with noise.

    Args:
        patch: uint8 (3, h, w).

    Returns:
        uint8 (3, h, w). The noise is Gaussian; its deviation is a hundredth of that of
        the channel that stays, before rounding to bytes.
    """
    kept = int(torch.randint(3, ()))
    std = patch[kept].float().std(correction=0) / 100
    dropped = (torch.randn(patch.shape) * std + _FILL).round_().to(torch.uint8)
    dropped[kept] = patch[kept]
    return dropped


def project_colours(picture: Tensor) -> Tensor:
    """Takes the axis from green to magenta out of uint8 (3, H, W); greys stay."""
    flat = torch.tensordot(_PROJECTION, picture.float(), dims=1)
    return flat.round_().clamp_(0, 255).to(torch.uint8)
