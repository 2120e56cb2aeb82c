"""MAE: a ViT sees a quarter of the patches, a small one paints the rest."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ce_plugin.optional import require
from ce_plugin.registry import MODELS

from .masked_image import MODULES, MaskedImagePretext


@MODELS.register_module()
class MAE(MaskedImagePretext):
    """The encoder gets the visible patches only; the decoder predicts all of them.

    Positions are fixed sines and cosines. An encoder that comes with weights
    (``pretrained``, or as a module) keeps them and its positions.

    Args:
        backbone: A :class:`TimmBackbone` of a ``vit_...``; see
            :class:`MaskedImagePretext`.
        mask_ratio: Share of the patches that is hidden, in (0, 1).
        decoder_channels: Width of the decoder.
        decoder_depth: Number of blocks of the decoder.
        decoder_heads: Heads of its attention; divide the width.
        reconstruction: Config of the reconstruction loss; None for the paper's: squared
            error in what is hidden, every patch of the target normalised.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: See :class:`MaskedImagePretext`.

    Source: He et al. 2022, "Masked autoencoders are scalable vision learners",
    sections 3 and 4 and appendix A.1; masked encoder and decoder are lightly's.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        mask_ratio: float = 0.75,
        decoder_channels: int = 512,
        decoder_depth: int = 8,
        decoder_heads: int = 16,
        reconstruction: dict | nn.Module | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        fresh = self.is_fresh(backbone)
        loss = reconstruction or dict(
            type="ce_plugin.ReconstructionLoss", target="patch"
        )
        super().__init__(backbone, mask_ratio, None, loss, data_preprocessor, init_cfg)
        if reconstruction is None:
            self.reconstruction.patch_size = self.patch
        vit, patches = self.vit, (self.side // self.patch) ** 2
        decoders = require(
            f"{MODULES}.masked_vision_transformer_decoder_timm", "MAE", "lightly"
        )
        encoders = require(
            f"{MODULES}.masked_vision_transformer_timm", "MAE", "lightly"
        )
        self.embed = nn.Linear(vit.embed_dim, decoder_channels)
        self.decoder = decoders.MaskedVisionTransformerDecoderTIMM(
            patches,
            decoder_channels,
            decoder_depth,
            decoder_heads,
            num_prefix_tokens=vit.num_prefix_tokens,
        )
        self.project = nn.Linear(decoder_channels, 3 * self.patch**2)
        self.embed.apply(encoders.init_weights)
        self.project.apply(encoders.init_weights)
        if fresh:
            encoders.MaskedVisionTransformerTIMM(vit, pos_embed_initialization="skip")
            utils = require("lightly.models.utils", "MAE", "lightly")
            prefix = 0 if vit.no_embed_class else vit.num_prefix_tokens
            utils.initialize_2d_sine_cosine_positional_embedding(vit.pos_embed, prefix)

    def reconstruct(self, inputs: Tensor, kept: Tensor, hidden: Tensor) -> Tensor:
        """Prediction (B, 3, H, W); the hidden patches never enter the encoder."""
        prefix = self.vit.num_prefix_tokens
        always = torch.arange(prefix, device=kept.device).expand(len(kept), -1)
        places = torch.cat([always, kept + prefix], dim=1)
        x = self.norm(self.masked_vit().encode(inputs, idx_keep=places))
        x = self.embed(x)
        tokens = self.decoder.mask_token.to(x.dtype)
        tokens = tokens.expand(len(x), self.decoder.sequence_length, -1)
        index = places[..., None].expand(-1, -1, x.shape[-1])
        x = self.decoder(torch.scatter(tokens, 1, index, x))
        return self.to_picture(self.project(x[:, prefix:]))
