"""SimMIM: a ViT sees mask tokens in place of hidden patches; one layer paints them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ce_plugin.registry import MODELS

from .masked_image import MaskedImagePretext, enlarge


@MODELS.register_module()
class SimMIM(MaskedImagePretext):
    """All patches go through the encoder, the hidden ones as a learned token.

    The paper's ViT knows positions by a relative bias that its blocks share; this one
    is timm's plain ViT with the positions that it has.

    Args:
        backbone: A :class:`TimmBackbone` of a ``vit_...``; see
            :class:`MaskedImagePretext`.
        mask_ratio: Share of the picture that is hidden, in (0, 1); rounded up.
        mask_patch: Side in pixels of what is hidden at once: a multiple of the ViT's
            patch that divides the picture.
        reconstruction: Config of the reconstruction loss; None for the paper's:
            absolute error of the pixels in what is hidden.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: See :class:`MaskedImagePretext`.

    Source: Xie et al. 2022, "SimMIM: a simple framework for masked image modeling",
    sections 3 and 4; the masked encoder is lightly's.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        mask_ratio: float = 0.6,
        mask_patch: int = 32,
        reconstruction: dict | nn.Module | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        loss = reconstruction or dict(
            type="ce_plugin.ReconstructionLoss", criterion="l1"
        )
        super().__init__(
            backbone, mask_ratio, mask_patch, loss, data_preprocessor, init_cfg
        )
        width = self.vit.embed_dim
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        nn.init.trunc_normal_(self.mask_token, std=0.02)
        self.project = nn.Linear(width, 3 * self.patch**2)

    def reconstruct(self, inputs: Tensor, kept: Tensor, hidden: Tensor) -> Tensor:
        """Prediction (B, 3, H, W) from the tokens that the encoder ends in."""
        prefix = self.vit.num_prefix_tokens
        tokens = enlarge(self.unit_mask(hidden), self.mask_patch // self.patch)
        seen = tokens.new_zeros(len(inputs), prefix)
        mask = torch.cat([seen, tokens.flatten(1)], dim=1)
        x = self.norm(self.masked_vit(self.mask_token).encode(inputs, mask=mask))
        return self.to_picture(self.project(x[:, prefix:]))
