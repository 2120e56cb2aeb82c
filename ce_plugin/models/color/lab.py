"""CIE Lab and back, on any device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

# sRGB primaries in XYZ, and the white point D65 seen at 2 degrees.
_RGB_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE = (0.95047, 1.0, 1.08883)
_EDGE = 6 / 29
# The same relative to white, and its inverse.
_TO_WHITE = (np.array(_RGB_TO_XYZ) / np.array(_WHITE)[:, None]).tolist()
_FROM_WHITE = np.linalg.inv(_TO_WHITE).tolist()


def rgb_to_lab(pictures: Tensor) -> Tensor:
    """SRGB to Lab.

    Args:
        pictures: (..., 3, H, W) in [0, 1]; float32 or float64.

    Returns:
        The same shape: L in [0, 100], a and b about -110 to 110.

    Source: IEC 61966-2-1 (gamma); CIE 15 (Lab).

    Example:
        >>> white = torch.ones(3, 1, 1)
        >>> [round(x) for x in rgb_to_lab(white).flatten().tolist()]
        [100, 0, 0]
    """
    linear = torch.where(
        pictures > 0.04045,
        ((pictures.clamp(min=0) + 0.055) / 1.055) ** 2.4,
        pictures / 12.92,
    )
    xyz = _mix(_TO_WHITE, linear)
    root = torch.where(
        xyz > _EDGE**3,
        xyz.clamp(min=_EDGE**3) ** (1 / 3),
        xyz / (3 * _EDGE**2) + 4 / 29,
    )
    x, y, z = root.unbind(-3)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-3)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Lab to sRGB, clipped to [0, 1] where no screen has the colour.

    Args:
        lab: (..., 3, H, W), as from :func:`rgb_to_lab`.

    Returns:
        The same shape, in [0, 1].

    Example:
        >>> round(lab_to_rgb(torch.tensor([50.0, 0, 0]).view(3, 1, 1))[0].item(), 3)
        0.466
    """
    lightness, a, b = lab.unbind(-3)
    y = (lightness + 16) / 116
    root = torch.stack([y + a / 500, y, y - b / 200], dim=-3)
    xyz = torch.where(root > _EDGE, root**3, 3 * _EDGE**2 * (root - 4 / 29))
    linear = _mix(_FROM_WHITE, xyz)
    rgb = torch.where(
        linear > 0.0031308,
        1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055,
        12.92 * linear,
    )
    return rgb.clamp(0, 1)


def _mix(matrix: Sequence[Sequence[float]], pictures: Tensor) -> Tensor:
    # Not a matrix product, which tf32 and autocast would round; and of plain numbers,
    # for a matrix would have to be copied to the device.
    parts = pictures.unbind(-3)
    rows = (sum(m * part for m, part in zip(row, parts)) for row in matrix)
    return torch.stack(list(rows), dim=-3)
