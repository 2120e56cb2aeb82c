"""Holes filled with other pictures' pixels, where the constant would be a give-away."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .preprocessor import InpaintingPreprocessor

_SWAP_STREAM = 2


@MODELS.register_module()
class SwapPreprocessor(InpaintingPreprocessor):
    """Fills each pixel of a hole with the same pixel of another picture of the batch.

    The donor is drawn for each pixel by itself, uniformly among the batch, the picture
    itself included; the channels of a pixel have one donor. So what fills a hole has
    each pixel's own distribution, and the network is not told where to look.

    The draw depends on which samples, at which draws, make up the batch, and on nothing
    else: a resumed run repeats it, and evaluation is the same every time.

    Args:
        **options: See :class:`InpaintingPreprocessor`; ``fill`` has no effect here.

    Raises:
        InputError: (forward) Samples without ``index`` and ``draw``.

    Source: swap noise of Yoon et al. 2020 (VIME) and Ucar et al. 2021 (SubTab, section
    2.1, "another value randomly sampled from the same column").

    Example:
        >>> pictures = torch.stack([torch.full((3, 4, 4), v) for v in (0., 255.)])
        >>> sample = PretextSample(mask=torch.ones(2, 1, 4, 4, dtype=torch.bool),
        ...                        metainfo=dict(index=[0, 1], draw=[0, 0]))
        >>> prep = SwapPreprocessor(mean=(0,) * 3, std=(255,) * 3)
        >>> filled = prep(dict(inputs=pictures, data_samples=sample))['inputs']
        >>> sorted(filled.unique().tolist())
        [0.0, 1.0]
    """

    def cut(
        self,
        pictures: Tensor,
        mask: Tensor,
        batch: PretextSample,
        training: bool = True,
    ) -> Tensor:
        """Normalised pictures (B, 3, H, W) with the holes (B, 1, H, W) swapped."""
        donor = _donors(batch).to(pictures.device).expand_as(pictures)
        return torch.where(mask, pictures.gather(0, donor), pictures)


def _donors(batch: PretextSample) -> Tensor:
    """For each pixel the position in the batch of who gives it, (B, 1, H, W)."""
    try:
        key = [*batch.index, *batch.draw]
    except AttributeError as error:
        raise InputError(
            "SwapPreprocessor draws from the samples' index and draw, which these have "
            "not; take a dataset of this package"
        ) from error
    rng = np.random.default_rng((*key, _SWAP_STREAM))
    return torch.from_numpy(rng.integers(len(batch.mask), size=batch.mask.shape))
