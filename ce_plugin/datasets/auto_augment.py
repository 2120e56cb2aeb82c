"""timm's automatic augmentation."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class TimmAutoAugment:
    """RandAugment, AutoAugment or AugMix, as timm writes them.

    Args:
        recipe: timm's word for it: 'rand-m6-mstd0.5-inc1' is RandAugment of magnitude
            6 with deviation .5, stronger in the increasing direction.
        fill: RGB, 0..255, of what comes into the picture from outside.
        translate: Longest shift, as a share of the shorter side.

    Raises:
        InputError: timm is missing, or does not know the recipe.

    Example:
        >>> import torch
        >>> augment = TimmAutoAugment('rand-m6-mstd0.5-inc1')
        >>> augment(torch.zeros(3, 16, 16, dtype=torch.uint8)).dtype
        torch.uint8
    """

    def __init__(
        self,
        recipe: str,
        fill: Sequence[int] = (124, 116, 104),
        translate: float = 0.45,
    ) -> None:
        try:
            from timm.data.auto_augment import (
                augment_and_mix_transform,
                auto_augment_transform,
                rand_augment_transform,
            )
        except ImportError as error:
            raise InputError("TimmAutoAugment needs timm: pip install timm") from error
        self.recipe, self.translate = recipe, translate
        self._hparams = dict(img_mean=tuple(fill))
        kinds = dict(rand=rand_augment_transform, augmix=augment_and_mix_transform)
        self._make = kinds.get(recipe.split("-")[0], auto_augment_transform)
        self._by_side: dict[int, object] = {}
        try:
            self._augment(side=224)
        except (AssertionError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"timm knows no augmentation {recipe!r}") from error

    def _augment(self, side: int):
        # timm wants the longest shift in pixels.
        if side not in self._by_side:
            shift = dict(translate_const=int(self.translate * side))
            self._by_side[side] = self._make(self.recipe, self._hparams | shift)
        return self._by_side[side]

    def __call__(self, picture: Tensor) -> Tensor:
        augment = self._augment(min(picture.shape[-2:]))
        return F.pil_to_tensor(augment(F.to_pil_image(picture)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.recipe!r})"
