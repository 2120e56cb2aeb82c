"""Runs the transforms of a config and makes sure of what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ce_plugin.errors import InputError


def make_views(
    transforms: Sequence[Callable], picture: Tensor, path: str
) -> Tensor | list[Tensor]:
    """What ``transforms`` make of a picture.

    Args:
        transforms: Run in order.
        picture: uint8 (3, H, W).
        path: Of the picture, for messages.

    Returns:
        uint8 (3, H, W), or a list of such, where the last transform gives several
        views. Contiguous: a crop would otherwise keep its whole picture in memory.

    Raises:
        InputError: A transform refuses the picture, or the result is something else.

    Example:
        >>> picture = torch.zeros(3, 4, 6, dtype=torch.uint8)
        >>> make_views([lambda x: x[:, :2, :2]], picture, 'a.jpg').shape
        torch.Size([3, 2, 2])
    """
    views: Any = picture
    for transform in transforms:
        try:
            views = transform(views)
        except InputError:
            raise
        except ValueError as error:
            height, width = picture.shape[-2:]
            raise InputError(
                f"{transform} refuses {path} ({height}x{width} pixels): {error}; if it "
                "is too small, put dict(type='EnsureMinSize', size=...) first"
            ) from error
    if isinstance(views, list | tuple):
        return [_checked(view, transforms) for view in views]
    return _checked(views, transforms)


def _checked(view: Any, transforms: Sequence[Callable]) -> Tensor:
    is_tensor = isinstance(view, Tensor)
    if (
        is_tensor
        and view.dtype == torch.uint8
        and view.ndim == 3
        and view.shape[0] == 3
    ):
        return view.contiguous()
    kind = type(view).__name__
    got = f"{view.dtype} of shape {tuple(view.shape)}" if is_tensor else kind
    raise InputError(
        f"the transforms {list(transforms)} yield {got}; they must end in uint8 (3, H, "
        "W), or a list of such: scaling and normalisation belong to the model's "
        "data_preprocessor"
    )
