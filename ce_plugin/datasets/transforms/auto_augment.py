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

    Raises:
        InputError: timm is missing, or does not know the recipe.

    Example:
        >>> import torch
        >>> augment = TimmAutoAugment('rand-m6-mstd0.5-inc1')
        >>> augment(torch.zeros(3, 16, 16, dtype=torch.uint8)).dtype
        torch.uint8
    """

    def __init__(self, recipe: str, fill: Sequence[int] = (124, 116, 104)) -> None:
        try:
            from timm.data import auto_augment as timm
        except ImportError as error:
            raise InputError("TimmAutoAugment needs timm: pip install timm") from error
        kinds = dict(
            rand=timm.rand_augment_transform, augmix=timm.augment_and_mix_transform
        )
        make = kinds.get(recipe.split("-", maxsplit=1)[0], timm.auto_augment_transform)
        self.recipe = recipe
        try:
            self._augment = make(recipe, dict(img_mean=tuple(fill)))
        except (AssertionError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"timm knows no augmentation {recipe!r}") from error

    def __call__(self, picture: Tensor) -> Tensor:
        return F.pil_to_tensor(self._augment(F.to_pil_image(picture)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.recipe!r})"
