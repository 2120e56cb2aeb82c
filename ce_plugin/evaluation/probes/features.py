"""Feature vectors of a frozen encoder."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ce_plugin.errors import InputError
from ce_plugin.models.preprocessor import InpaintingPreprocessor

BENCHMARK_DIMS = 9216
"""About so many dimensions a layer have the vectors of the VOC07 SVM benchmark."""


@dataclass
class Features:
    """Vectors of pictures, a row each.

    Attributes:
        vectors: (N, d) float32 for each layer.
        labels: (N,) or (N, classes), or None where the samples carry none.
    """

    vectors: dict[str, np.ndarray]
    labels: np.ndarray | None


def pool_map(features: Tensor, pool: str | int = "9k") -> Tensor:
    """Averages a feature map over a grid of cells and lays it out as a vector.

    Args:
        features: (B, C, h, w), or (B, C), which stays as it is.
        pool: '9k', about 9216 dimensions as in the VOC07 SVM benchmark; a whole number,
            about that many dimensions; 'global', one cell; '2x2', '3x3' ..., a grid.
            About n dimensions are a square grid of round(sqrt(n / C)) cells a side: 12,
            6, 4, 3, 2 for a ResNet-50's levels, 10, 6, 5, 5, 6 for AlexNet's, as
            published. A grid never has more cells than the map has positions.

    Returns:
        (B, C * cells), channel by channel.

    Raises:
        InputError: Another kind of pooling, or something else than maps.

    Source: Goyal et al. 2019, "Scaling and benchmarking self-supervised visual
    representation learning", section 4.1 and released configurations. The cells there
    overlap (windows of 16, 13, 8, 6 at strides 8, 5, 3, 1); here they tile the map, so
    that any map size works.

    Example:
        >>> pool_map(torch.zeros(2, 64, 56, 56)).shape
        torch.Size([2, 9216])
    """
    if features.ndim == 2:
        return features
    if features.ndim != 4:
        raise InputError(
            f"features of shape {tuple(features.shape)} are no maps (B, C, h, w)"
        )
    cells = grid_cells(pool, features.shape[1])
    grid = [min(cell, side) for cell, side in zip(cells, features.shape[2:])]
    return F.adaptive_avg_pool2d(features, grid).flatten(1)


def grid_cells(pool: str | int, channels: int) -> tuple[int, int]:
    """Rows and columns of the grid that ``pool`` (:func:`pool_map`) asks for.

    Raises:
        InputError: Another kind of pooling.

    Example:
        >>> [grid_cells('9k', c)[0] for c in (64, 256, 512, 1024, 2048)]
        [12, 6, 4, 3, 2]
    """
    if pool == "global":
        return 1, 1
    text = str(BENCHMARK_DIMS) if pool == "9k" else str(pool)
    if text.isdigit() and int(text) > 0:
        side = max(1, round(math.sqrt(int(text) / channels)))
        return side, side
    rows, _, columns = text.partition("x")
    if rows.isdigit() and columns.isdigit() and int(rows) > 0 and int(columns) > 0:
        return int(rows), int(columns)
    raise InputError(
        f"pool is '9k', 'global', a grid such as '2x2' or a number of dimensions, not "
        f"{pool!r}"
    )


def picture_transforms(size: int, resize: str = "squash") -> list[dict[str, Any]]:
    """Transforms without chance that give pictures of ``size`` by ``size`` pixels.

    Args:
        size: Side, in pixels.
        resize: 'squash' to that size whatever the aspect, as in the VOC07 SVM benchmark
            (nothing is cut off); 'crop', the centre of a picture whose shorter side is
            8/7 of it, as on ImageNet (256 to 224).

    Raises:
        InputError: Another way, or a size below 1.

    Example:
        >>> picture_transforms(224, 'crop')[0]
        {'type': 'ce_plugin.ShortSideResize', 'size': 256}
    """
    if size < 1:
        raise InputError(f"size is a number of pixels from 1 on, not {size}")
    if resize == "squash":
        return [dict(type="Resize", size=(size, size), antialias=True)]
    if resize == "crop":
        short = dict(type="ce_plugin.ShortSideResize", size=round(size * 8 / 7))
        return [short, dict(type="CenterCrop", size=size)]
    raise InputError(f"resize is 'squash' or 'crop', not {resize!r}")


def extract_features(
    backbone: nn.Module,
    batches: Iterable[Mapping[str, Any]],
    *,
    normalization: Mapping[str, Any],
    names: Sequence[str],
    layers: Sequence[str] | None = None,
    pool: str | int = "9k",
    device: str | torch.device = "cpu",
) -> Features:
    """Vectors of pictures from a frozen encoder, all layers in one pass.

    The encoder is left as it was: eval mode while this runs, no gradients, no running
    statistics touched.

    Args:
        backbone: Takes (B, 3, H, W), returns a tensor or a sequence of maps.
        batches: As :func:`~ce_plugin.datasets.collate_samples` makes them: ``inputs``
            uint8 RGB (B, 3, H, W), and ``data_samples`` with ``gt_label`` where there
            are labels.
        normalization: ``mean`` and ``std`` in 0..255 and in the network's channel
            order, ``bgr``; an exported encoder's ``meta['normalization']``.
        names: What the backbone returns, in order.
        layers: Which of them to keep; None for all.
        pool: See :func:`pool_map`.
        device: Where the encoder runs.

    Raises:
        InputError: No picture, or a layer that is not there.

    Example:
        >>> batches = [dict(inputs=torch.zeros(1, 3, 8, 8, dtype=torch.uint8))]
        >>> norm = dict(mean=[127.5] * 3, std=[127.5] * 3, bgr=False)
        >>> found = extract_features(nn.Conv2d(3, 4, 3), batches, normalization=norm,
        ...     names=['conv'], pool='2x2')
        >>> found.vectors['conv'].shape
        (1, 16)
    """
    layers = tuple(names if layers is None else layers)
    absent = [layer for layer in layers if layer not in names]
    if absent:
        raise InputError(f"no layer {absent[0]!r}; there are: {', '.join(names)}")
    prep = InpaintingPreprocessor(
        normalization["mean"], normalization["std"], bool(normalization.get("bgr"))
    ).to(device)
    rows: dict[str, list[Tensor]] = {layer: [] for layer in layers}
    labels: list[Tensor] = []
    modes = {m: m.training for m in backbone.modules()}
    backbone.eval().to(device)
    try:
        with torch.inference_mode():
            for batch in batches:
                maps = backbone(prep.normalize(batch["inputs"].to(device)))
                maps = [maps] if isinstance(maps, Tensor) else list(maps)
                if len(maps) != len(names):
                    raise InputError(
                        f"the encoder returns {len(maps)} layers, {len(names)} are "
                        f"named: {', '.join(names)}"
                    )
                for name, features in zip(names, maps):
                    if name in rows:
                        rows[name].append(pool_map(features.float(), pool).cpu())
                sample = batch.get("data_samples")
                if sample is not None and "gt_label" in sample:
                    labels.append(sample.gt_label)
    finally:
        for module, training in modes.items():
            module.training = training
    if not rows[layers[0]]:
        raise InputError("no picture to take features from: the split is empty")
    # One layer at a time: the parts are let go before the next one is joined.
    vectors = {layer: torch.cat(rows.pop(layer)).numpy() for layer in layers}
    for layer, values in vectors.items():
        if not np.isfinite(values).all() or not values.any():
            raise InputError(
                f"the features of {layer} are not finite, or all 0: the encoder's "
                "weights are spoiled, or its normalization is not that of its training"
            )
    return Features(
        vectors=vectors,
        labels=torch.cat(labels).numpy() if labels else None,
    )
