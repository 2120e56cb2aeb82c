"""Context restoration: patches are not removed but have changed places."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.draws import keys_of
from ce_plugin.registry import MODELS

from .autoencoder import AutoEncoder
from .patch_swaps import pairs_for, poisson_pairs, swapped_places, uniform_pairs

MOST_APART = 0.3
"""Share of the area that patches can have which are drawn apart from each other."""
PLACEMENTS = dict(uniform=uniform_pairs, poisson=poisson_pairs)


@MODELS.register_module()
class ContextRestoration(AutoEncoder):
    """An autoencoder that is shown pictures in which patches have been swapped.

    So what the encoder sees has the colours of the picture and no flat holes that it
    will never meet again. The patches are drawn on the device.

    Args:
        backbone: The encoder; its last map goes on.
        decoder: See :class:`ContextEncoder`.
        bottleneck: See :class:`ContextEncoder`.
        patch: Side of the patches as a share of the picture's shorter side, at most a
            third.
        share: Area of all swapped patches as a share of a square picture's.
        placement: 'uniform': the pairs are drawn one by one and may hit patches moved
            before, so that less than ``share`` is changed (Chen et al.). 'poisson': no
            patch overlaps another (Dominic et al.); ``share`` is at most .3, for more
            finds no place, and above a quarter some pictures have a pair or two less.
        **options: See :class:`AutoEncoder`. The region 'hole' of ``reconstruction``
            counts the pixels that were moved.

    Raises:
        InputError: An unknown placement, or a patch or share out of range.

    Source: Chen et al. 2019, "Self-supervised learning for medical image analysis using
    image context restoration", algorithm 1; Dominic et al. 2023, "Improving
    data-efficiency and robustness of medical imaging segmentation using
    inpainting-based self-supervised learning" (Poisson-disc sampling).
    """

    has_changed_region = True

    def __init__(
        self,
        backbone: dict | nn.Module,
        decoder: dict | nn.Module,
        bottleneck: dict | nn.Module | None = None,
        patch: float = 1 / 8,
        share: float = 0.25,
        placement: str = "uniform",
        **options: Any,
    ) -> None:
        super().__init__(backbone, decoder, bottleneck, **options)
        if placement not in PLACEMENTS:
            raise InputError(
                "ContextRestoration: placement is 'uniform' or 'poisson', not "
                f"{placement!r}"
            )
        if not 0 < patch <= 1 / 3 or not 0 < share <= 1:
            raise InputError(
                f"ContextRestoration: patch={patch} is above 0 and at most 1/3, share="
                f"{share} above 0 and at most 1"
            )
        if placement == "poisson" and share > MOST_APART:
            raise InputError(
                f"ContextRestoration: with placement='poisson' share is at most "
                f"{MOST_APART}, not {share}: patches that do not overlap find no place"
            )
        self.placement, self.patch = placement, patch
        self.pairs = max(1, pairs_for(share, patch))

    def corrupt(
        self, pictures: Tensor, keys: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Pictures with swapped patches, and the pixels that were moved."""
        batch, _, height, width = pictures.shape
        patch = int(self.patch * min(height, width))
        if patch < 1:
            raise InputError(
                f"ContextRestoration: patch={self.patch} of {width}x{height} pixels is "
                "less than one; set a larger patch or crop"
            )
        free = (height - patch + 1, width - patch + 1)
        if keys is None:
            keys = keys_of(None, batch, pictures.device)
        first, second = PLACEMENTS[self.placement](keys, self.pairs, free, patch)
        source = swapped_places(first, second, patch, height, width)
        flat = pictures.flatten(2)
        moved = flat.gather(2, source[:, None].expand_as(flat)).view_as(pictures)
        stays = source == torch.arange(height * width, device=source.device)
        return moved, ~stays.view(batch, 1, height, width)
