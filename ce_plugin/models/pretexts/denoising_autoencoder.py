"""The denoising autoencoder: the picture back from a noisy one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.draws import keys_of, normal, uniform
from ce_plugin.registry import MODELS

from .autoencoder import AutoEncoder

NOISES = ("masking", "salt-and-pepper", "gaussian")


@MODELS.register_module()
class DenoisingAutoEncoder(AutoEncoder):
    """An autoencoder that is shown pictures with noise, drawn on the device.

    A pixel is hit as a whole: a channel that stays would give the others away.

    Args:
        backbone: The encoder; its last map goes on.
        decoder: See :class:`ContextEncoder`.
        bottleneck: See :class:`ContextEncoder`.
        noise: 'masking' (pixels get the preprocessor's mean colour, 0 for the network),
            'salt-and-pepper' (pixels become black or white, half of them each) or
            'gaussian' (added to every value, and not clipped).
        amount: Chance of a pixel to be hit, in (0, 1]; of 'gaussian' the deviation,
            where black and white are 1 apart.
        **options: See :class:`AutoEncoder`. The region 'hole' of ``reconstruction``
            counts the pixels that were hit.

    Raises:
        InputError: An unknown noise, or an amount out of range.

    Source: Vincent et al. 2008, "Extracting and composing robust features with
    denoising autoencoders", section 2.3 (masking, there for each value by itself);
    the other two: Vincent et al. 2010, section 3.3.
    """

    has_changed_region = True

    def __init__(
        self,
        backbone: dict | nn.Module,
        decoder: dict | nn.Module,
        bottleneck: dict | nn.Module | None = None,
        noise: str = "masking",
        amount: float = 0.25,
        **options: Any,
    ) -> None:
        super().__init__(backbone, decoder, bottleneck, **options)
        if noise not in NOISES:
            raise InputError(
                f"DenoisingAutoEncoder: noise is one of {', '.join(NOISES)}, not "
                f"{noise!r}"
            )
        if not 0 < amount <= 1:
            raise InputError(
                f"DenoisingAutoEncoder: amount is above 0 and at most 1, not {amount}"
            )
        self.noise, self.amount = noise, amount

    def corrupt(
        self, pictures: Tensor, keys: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Noisy pictures, and the pixels that were hit."""
        prep, like = self.data_preprocessor, pictures[:, :1]
        if keys is None:
            keys = keys_of(None, len(pictures), pictures.device)
        if self.noise == "gaussian":
            noise = normal(keys, pictures.shape[1:], stream=0).to(pictures.dtype)
            scale = (self.amount * 255 / prep.std).to(noise.dtype)
            return pictures + scale * noise, torch.ones_like(like, dtype=torch.bool)
        chance = uniform(keys, like.shape[1:], stream=0)
        hit = chance < self.amount
        if self.noise == "masking":
            return pictures.masked_fill(hit, 0), hit
        # The lower half of the chances that hit is as good as a second draw.
        salt = chance < self.amount / 2
        colour = torch.where(salt, (255 - prep.mean) / prep.std, -prep.mean / prep.std)
        return torch.where(hit, colour.to(pictures.dtype), pictures), hit
