"""Base of MAE and SimMIM: a ViT, some of whose patches are hidden."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.base import build
from ce_plugin.models.draws import keys_of, shuffled
from ce_plugin.optional import require
from ce_plugin.recolor import recolor
from ce_plugin.structures import PretextSample
from ce_plugin.unwrap import unwrap

from .base import Pretext

MODULES = "lightly.models.modules"


class MaskedImagePretext(Pretext):
    """Base class of the tasks that hide patches of a picture from a ViT.

    The masks of training are drawn from each sample's key, those of predictions from
    its index, so that a picture is always shown with the same holes.

    Args:
        backbone: A :class:`TimmBackbone` of a ``vit_...``. With ``norm=True`` the final
            norm, which the task trains, is part of the encoder and of the export;
            without it lies beside the encoder and is left behind.
        mask_ratio: Share of the picture that is hidden, in (0, 1).
        mask_patch: Side in pixels of what is hidden at once; None for the ViT's patch.
        reconstruction: Config of the reconstruction loss.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly or timm is missing, the encoder is no square timm ViT, or
            nothing would be hidden or left.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        mask_ratio: float,
        mask_patch: int | None,
        reconstruction: dict | nn.Module,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        name = type(self).__name__
        timm = require("timm.models.vision_transformer", name, "lightly")
        wrappers = f"{MODULES}.masked_vision_transformer_timm"
        self._wrapper = require(wrappers, name, "lightly").MaskedVisionTransformerTIMM
        vit = getattr(getattr(self.backbone, "net", None), "model", None)
        if not isinstance(vit, timm.VisionTransformer):
            raise InputError(
                f"{name} hides patches from a ViT; set model.backbone to "
                "dict(type='TimmBackbone', model_name='vit_small_patch16_224', ...)"
            )
        self.side, self.patch = (
            vit.patch_embed.img_size[0],
            self.features.out_strides[-1],
        )
        self.mask_ratio, self.mask_patch = mask_ratio, mask_patch or self.patch
        if vit.patch_embed.img_size != (self.side, self.side):
            raise InputError(f"{name}: the ViT's img_size has to be square")
        if self.mask_patch % self.patch or self.side % self.mask_patch:
            raise InputError(
                f"{name}: a mask_patch of {self.mask_patch} px is no multiple of the "
                f"ViT's {self.patch} px, or does not divide its {self.side} px"
            )
        units = (self.side // self.mask_patch) ** 2
        if not 0 < mask_ratio < 1 or not 0 < int(units * (1 - mask_ratio)) < units:
            raise InputError(
                f"{name}: a mask_ratio of {mask_ratio} hides all or nothing of {units} "
                "patches"
            )
        self.norm = nn.Identity()
        if isinstance(vit.norm, nn.Identity):
            self.norm = nn.LayerNorm(vit.embed_dim, eps=1e-6)
        self.reconstruction = build(reconstruction)

    @staticmethod
    def is_fresh(backbone: dict | nn.Module) -> bool:
        """Whether the task may initialise the encoder its own way."""
        return isinstance(backbone, Mapping) and not backbone.get("pretrained")

    @property
    def vit(self) -> nn.Module:
        """Timm's ViT inside the backbone."""
        return unwrap(self.backbone).net.model

    def masked_vit(self, mask_token: nn.Parameter | None = None) -> nn.Module:
        """Lightly's masked view of the ViT, with the ViT's own parameters.

        Made anew for each pass: as a child of the model it would put every parameter
        into the state dict a second time.
        """
        return self._wrapper(
            self.vit,
            mask_token,
            weight_initialization="skip",
            pos_embed_initialization="skip",
        )

    def draw(self, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Which patches of ``mask_patch`` px are kept and which are hidden.

        Args:
            keys: Random keys of the samples, (B,); see
                :func:`ce_plugin.models.draws.random_bits`.

        Returns:
            Indices (B, kept) and (B, hidden), row by row in the picture.
        """
        units = (self.side // self.mask_patch) ** 2
        kept = int(units * (1 - self.mask_ratio))
        order = shuffled(keys, units, stream=0)
        return order[:, :kept], order[:, kept:]

    def unit_mask(self, hidden: Tensor) -> Tensor:
        """(B, 1, h, w) bool, one value for each ``mask_patch``; True = hidden."""
        units = self.side // self.mask_patch
        mask = torch.zeros(
            len(hidden), units * units, dtype=torch.bool, device=hidden.device
        )
        return mask.scatter_(1, hidden, True).view(-1, 1, units, units)

    def pixel_mask(self, hidden: Tensor) -> Tensor:
        """(B, 1, H, W) bool, True = hole."""
        return enlarge(self.unit_mask(hidden), self.mask_patch)

    @abstractmethod
    def reconstruct(self, inputs: Tensor, kept: Tensor, hidden: Tensor) -> Tensor:
        """Prediction (B, 3, H, W) from pictures with the ``hidden`` patches hidden."""

    def to_picture(self, patches: Tensor) -> Tensor:
        """(B, N, 3 * patch^2), in order of channel, row, column, to (B, 3, H, W)."""
        grid = self.side // self.patch
        maps = patches.transpose(1, 2).reshape(len(patches), -1, grid, grid)
        return F.pixel_shuffle(maps, self.patch)

    def _check(self, inputs: Tensor) -> None:
        height, width = inputs.shape[-2:]
        if (height, width) != (self.side, self.side):
            raise InputError(
                f"pictures have {width}x{height} px, the ViT takes {self.side}x"
                f"{self.side}: set model.backbone.img_size or the transforms' size"
            )

    def loss(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """``loss_reconstruction`` over what is hidden of pictures (B, 3, H, W)."""
        self._check(inputs)
        kept, hidden = self.draw(keys_of(data_samples, len(inputs), inputs.device))
        prediction = self.reconstruct(inputs, kept, hidden)
        value = self.reconstruction(prediction, inputs, self.pixel_mask(hidden))
        return dict(loss_reconstruction=value)

    @torch.no_grad()
    def predict(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> list[PretextSample]:
        """Filled pictures.

        Returns:
            For each picture a sample with, in [0, 1] and RGB, ``input`` (what is hidden
            in the mean colour), ``prediction``, ``composite`` (the prediction in the
            hole, the picture elsewhere) and ``target``, all (3, H, W), and ``mask``
            (1, H, W).
        """
        self._check(inputs)
        batch = PretextSample() if data_samples is None else data_samples.new()
        # One mask for each picture, whatever the batch.
        seeds = torch.tensor(list(batch.get("index", range(len(inputs)))))
        kept, hidden = self.draw(seeds.to(inputs.device, non_blocking=True))
        mask = self.pixel_mask(hidden)
        prediction = self.reconstruct(inputs, kept, hidden).to(inputs.dtype)
        if getattr(self.reconstruction, "target", "raw") == "patch":
            prediction = recolor(prediction, inputs, mask)
        unit = self.data_preprocessor.to_unit
        pictures = dict(
            input=inputs.masked_fill(mask, 0.0),
            prediction=prediction,
            composite=torch.where(mask, prediction, inputs),
            target=inputs,
        )
        pictures = {name: unit(value) for name, value in pictures.items()}
        batch.set_data(pictures | dict(mask=mask))
        return batch.unstack()


def enlarge(mask: Tensor, factor: int) -> Tensor:
    """Every value of (B, 1, h, w) as a square of ``factor`` by ``factor``."""
    return mask.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
