"""A picture becomes a sample: its transforms and its hole, drawn for it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ce_plugin.structures import PretextSample

from .seeding import mask_rng, seeded
from .transforms.views import make_views


def index_and_draw(item: int | tuple[int, int], length: int) -> tuple[int, int]:
    """The sample that is asked for, and how many times it has been drawn before.

    Args:
        item: The index, or the index and how many times it has been drawn before.
        length: Samples in the dataset.

    Raises:
        IndexError: There is no such sample.
    """
    index, draw = item if isinstance(item, tuple) else (item, 0)
    index, draw = int(index), int(draw)
    if not 0 <= index < length:
        raise IndexError(f"index {index} of {length} samples")
    return index, draw


def make_sample(
    picture: Tensor,
    path: str,
    transforms: Sequence,
    mask: Callable[[int, int, np.random.Generator], np.ndarray] | None,
    *,
    seed: int,
    draw: int,
    index: int,
    skipped: tuple[str, ...] = (),
    **labels: Any,
) -> dict[str, Any]:
    """A sample of a dataset.

    Args:
        picture: uint8 (3, H, W).
        path: Where the picture comes from, for messages and the sample's meta.
        transforms: See :func:`~.transforms.views.make_views`.
        mask: A mask generator; None for no hole.
        seed: The run's seed.
        draw: How many times the sample has been drawn before.
        index: The sample's index.
        skipped: Paths of pictures that could not be read in its place.
        **labels: Further data of the sample.

    Returns:
        ``inputs``, a picture or a list of views, and ``data_samples``.
    """
    with seeded(seed, draw, index):
        inputs, told = make_views(transforms, picture, path)
    meta = dict(path=path, index=index, draw=draw, skipped=skipped) | told
    sample = PretextSample(metainfo=meta, **labels)
    if mask is not None:
        first = inputs if isinstance(inputs, Tensor) else inputs[0]
        height, width = first.shape[-2:]
        hole = mask(height, width, mask_rng(seed, draw, index))
        sample.mask = torch.from_numpy(hole)[None]
    return dict(inputs=inputs, data_samples=sample)
