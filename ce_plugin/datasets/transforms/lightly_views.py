"""The views of self-supervised methods, as lightly makes them."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ce_plugin.errors import InputError
from ce_plugin.optional import require
from ce_plugin.registry import TRANSFORMS

LOCAL_SHARE = 96 / 224
"""Side of the local crops of multi-crop methods, as a share of the global ones."""


@TRANSFORMS.register_module()
class LightlyViews:
    """Views of a picture by one of lightly's transforms, as uint8.

    Normalisation stays with the model's preprocessor, as for every dataset here.

    Args:
        method: 'SimCLR', 'MoCoV2', 'BYOL', 'SwaV', 'DINO' ...: a class of
            ``lightly.transforms`` by its name without ``Transform``.
        size: Side of the (global) views in pixels. Local crops, where the method has
            them, are 96/224 of it.
        **kwargs: For the transform, such as ``cj_strength=0.5``.

    Raises:
        InputError: lightly is missing or has no such transform, or it refuses the
            arguments.

    Example:
        >>> views = LightlyViews('SimCLR', size=8)  # doctest: +SKIP
        >>> picture = torch.zeros(3, 20, 20, dtype=torch.uint8)
        >>> [view.shape for view in views(picture)]  # doctest: +SKIP
        [torch.Size([3, 8, 8]), torch.Size([3, 8, 8])]
    """

    # What the transform takes only lightly knows: a config's check leaves it to it.
    passes_arguments_on = True

    def __init__(self, method: str, size: int = 224, **kwargs: Any) -> None:
        library = require("lightly.transforms", f"LightlyViews({method!r})", "lightly")
        ending = "Transform"
        known = [n.removesuffix(ending) for n in vars(library) if n.endswith(ending)]
        if method not in known:
            raise InputError(
                f"lightly has no {method}{ending}; method is one of "
                f"{', '.join(sorted(known))}"
            )
        self.method, self.size = method, size
        try:
            self.transform = _build(library, method, size, kwargs)
        except TypeError as error:
            raise InputError(f"LightlyViews({method!r}): {error}") from error

    def __call__(self, picture: Tensor) -> list[Tensor]:
        views = self.transform(F.to_pil_image(picture))
        # Exact: lightly's last step divides bytes by 255.
        return [view.mul(255).round_().to(torch.uint8) for view in views]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.method!r}, size={self.size})"


def _build(library: ModuleType, method: str, size: int, given: dict) -> Any:
    cls = getattr(library, f"{method}Transform")
    takes = inspect.signature(cls).parameters
    local = round(size * LOCAL_SHARE)
    if "view_1_transform" in takes:
        parts = [getattr(library, f"{method}View{i}Transform") for i in (1, 2)]
        return cls(*(part(input_size=size, normalize=None, **given) for part in parts))
    if "crop_sizes" in takes:
        given = dict(crop_sizes=(size, local)) | given
    elif "global_crop_size" in takes:
        given = dict(global_crop_size=size, local_crop_size=local) | given
    else:
        given = dict(input_size=size) | given
    return cls(**given, normalize=None)
