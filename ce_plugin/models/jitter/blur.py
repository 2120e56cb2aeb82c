"""Gaussian blur of a batch, a width for each picture."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

_BOXES = 3
_LEAST_WEIGHT = 2e-4
"""Less than a twentieth of a byte."""


def gaussian_kernels(sigma: np.ndarray) -> np.ndarray:
    """The Gaussian of Pillow, and so of lightly: a box three times, its ends weaker.

    The variance is sigma squared at every width. A Gaussian sampled at whole pixels, as
    torchvision has it, hardly blurs at widths below half a pixel.

    Args:
        sigma: (B,), in pixels, positive.

    Returns:
        float64 (B, 2 radius + 1), each of sum 1, as long as the widest needs.

    Source: Gwosdek et al. 2011, "Theoretical foundations of Gaussian convolution by
    extended box filtering", equations 7, 11 and 14.

    Example:
        >>> kernel = gaussian_kernels(np.array([1.0]))[0]
        >>> len(kernel), round(float(kernel @ np.arange(-3, 4) ** 2), 3)
        (7, 1.0)
    """
    variance = sigma[:, None] ** 2 / _BOXES
    inner = np.floor((np.sqrt(12 * variance + 1) - 1) / 2)
    outer = inner + 1
    end = (inner + outer) * (inner * outer - 3 * variance)
    end /= 6 * (variance - outer**2)
    reach = int(outer.max())
    places = np.abs(np.arange(-reach, reach + 1))
    box = np.where(places <= inner, 1, np.where(places == outer, end, 0))
    box = box / box.sum(1, keepdims=True)
    length = 2 * _BOXES * reach + 1
    kernels = np.fft.irfft(np.fft.rfft(box, length) ** _BOXES, length)
    # By each kernel's own weights: a view does not depend on its company.
    kernels[kernels < _LEAST_WEIGHT] = 0
    kernels /= kernels.sum(1, keepdims=True)
    needed = np.flatnonzero(kernels.max(0))
    return kernels[:, needed[0] : needed[-1] + 1]


def blur(pictures: Tensor, kernels: Tensor) -> Tensor:
    """Convolves rows and columns; the border goes on beyond the edge, as in Pillow.

    Args:
        pictures: (B, C, H, W) float.
        kernels: (B, 2 radius + 1) of the same type, each of sum 1.
    """
    batch, channels, height, width = pictures.shape
    radius = kernels.shape[1] // 2
    padded = F.pad(pictures, (radius,) * 4, mode="replicate")
    # A group for each channel of each picture.
    planes = padded.view(1, batch * channels, *padded.shape[2:])
    # As contiguous as they look, or the convolution takes the slower way.
    rows = kernels.repeat_interleave(channels, dim=0)[:, None, None]
    columns = rows.view(batch * channels, 1, -1, 1)
    # Mixed precision would round to the bytes' eighth bit.
    with torch.autocast(pictures.device.type, enabled=False):
        planes = F.conv2d(planes, rows, groups=batch * channels)
        planes = F.conv2d(planes, columns, groups=batch * channels)
    return planes.view(batch, channels, height, width)
