"""The error figures of a whole batch, on the device that holds it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from .region_errors import FIGURES, PSNR_CAP, check_region

_RADIUS, _SIGMA = 5, 1.5  # pixels: SSIM's window is 11 x 11
_WEIGHTS = [math.exp(-(i**2) / (2 * _SIGMA**2)) for i in range(_RADIUS + 1)]
_WEIGHTS = [w / (2 * sum(_WEIGHTS) - _WEIGHTS[0]) for w in _WEIGHTS]  # from the centre
_C1, _C2 = 0.01**2, 0.03**2
# Values at a time: what stays in a processor's cache, and what fills a GPU.
_AT_ONCE = {"cpu": 2**16, "cuda": 2**25}


def batch_errors(
    images: Mapping[str, Tensor], target: Tensor, region: Tensor
) -> dict[str, list[dict[str, float]]]:
    """L1, L2, PSNR and SSIM of several fillings of the same pictures.

    The figures are those of
    :func:`~ce_plugin.evaluation.metrics.region_errors.region_errors`. What SSIM needs
    of the truth is computed once for all fillings, and only around the regions; nothing
    leaves the device but the figures.

    Args:
        images: (B, 3, H, W) float in [0, 1] by name, what is judged.
        target: (B, 3, H, W) float in [0, 1], the truth.
        region: (B, H, W) bool, the pixels that count.

    Returns:
        By the names of ``images``, a dict of figures for each picture.

    Raises:
        InputError: A region is empty, or the pictures are smaller than SSIM's window.

    Example:
        >>> target = torch.full((1, 3, 16, 16), 0.5)
        >>> everywhere = torch.ones(1, 16, 16, dtype=torch.bool)
        >>> found = batch_errors({"grey": target + 0.1}, target, everywhere)
        >>> round(found["grey"][0]["psnr"], 4)
        20.0
    """
    check_region(target.shape[-2:], empty=not bool(region.any((1, 2)).all()))
    found: dict[str, list[dict[str, float]]] = {name: [] for name in images}
    for part in _parts(target):
        top, bottom, left, right = _around(region[part])
        seen = (part, slice(None), slice(top, bottom), slice(left, right))
        inside = region[part, top:bottom, left:right].unsqueeze(1)
        truth = _unit(target[seen])
        truth_maps = (truth, *_mean_and_variance(truth))
        for name, image in images.items():
            found[name] += _figures(_unit(image[seen]), truth_maps, inside)
    return found


def _parts(target: Tensor) -> Iterator[slice]:
    most = _AT_ONCE.get(target.device.type, _AT_ONCE["cpu"])
    step = max(1, most // target[0].numel())
    for start in range(0, len(target), step):
        yield slice(start, start + step)


def _around(region: Tensor) -> list[int]:
    """The box around all regions and what SSIM's window sees from there."""
    box = []
    for axis, size in ((2, region.shape[1]), (1, region.shape[2])):
        along = region.any(axis).any(0).nonzero()
        box += [
            max(int(along[0]) - _RADIUS, 0),
            min(int(along[-1]) + 1 + _RADIUS, size),
        ]
    return box


def _figures(
    image: Tensor, truth_maps: tuple[Tensor, Tensor, Tensor], inside: Tensor
) -> list[dict[str, float]]:
    truth, truth_mean, truth_variance = truth_maps
    count = 3 * inside.sum((1, 2, 3))
    difference = (image - truth) * inside
    mse = difference.square().sum((1, 2, 3)) / count
    mean, variance = _mean_and_variance(image)
    covariance = _blur(image * truth) - mean * truth_mean
    similar = (2 * mean * truth_mean + _C1) * (2 * covariance + _C2)
    similar /= mean.square() + truth_mean.square() + _C1
    similar /= variance + truth_variance + _C2
    columns = dict(
        l1=100 * difference.abs().sum((1, 2, 3)) / count,
        l2=100 * mse,
        psnr=-10 * mse.clamp(min=10 ** (-PSNR_CAP / 10)).log10(),
        ssim=(similar * inside).sum((1, 2, 3)) / count,
    )
    rows = torch.stack([columns[name] for name in FIGURES], 1).tolist()
    return [dict(zip(FIGURES, row)) for row in rows]


def _unit(pictures: Tensor) -> Tensor:
    """In [0, 1] and in double precision: a variance is a small difference."""
    return pictures.double().clamp(0, 1)


def _mean_and_variance(pictures: Tensor) -> tuple[Tensor, Tensor]:
    mean = _blur(pictures)
    return mean, _blur(pictures.square()) - mean.square()


def _blur(pictures: Tensor) -> Tensor:
    """A Gaussian of 11 x 11 pixels; beyond the border the picture is mirrored.

    As sums of shifted pictures, one dimension after the other: a convolution in double
    precision first writes every window out.
    """
    for dim in (2, 3):
        size = pictures.shape[dim]
        wide = _mirrored(pictures, dim)
        pictures = wide.narrow(dim, _RADIUS, size) * _WEIGHTS[0]
        pair = torch.empty_like(pictures)
        for i in range(1, _RADIUS + 1):
            left, right = (wide.narrow(dim, _RADIUS + shift, size) for shift in (-i, i))
            pictures.add_(torch.add(left, right, out=pair), alpha=_WEIGHTS[i])
    return pictures


def _mirrored(pictures: Tensor, dim: int) -> Tensor:
    size = pictures.shape[dim]
    index = torch.arange(-_RADIUS, size + _RADIUS, device=pictures.device)
    # The pixel at the border counts twice: ... 1 0 | 0 1 2 ...
    index = torch.where(index < 0, -1 - index, index)
    index = torch.where(index >= size, 2 * size - 1 - index, index)
    return pictures.index_select(dim, index)
