"""Runs the transforms of a config and makes sure of what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ce_plugin.errors import InputError


class Jittered(NamedTuple):
    """Views, and what is still to happen to them on the device.

    Attributes:
        views: (3, H, W), or a list of such.
        draws: A :class:`ce_plugin.structures.JitterDraw` for each view, (V, 10).
    """

    views: Tensor | Sequence[Tensor]
    draws: np.ndarray


def make_views(
    transforms: Sequence[Callable], picture: Tensor, path: str
) -> tuple[Tensor | list[Tensor], dict[str, Any]]:
    """Runs ``transforms`` on a picture.

    Args:
        transforms: Run in order.
        picture: uint8 (3, H, W).
        path: Path of the picture, for messages.

    Returns:
        uint8 (3, H, W), or a list of such, where the last transform gives several
        views. Contiguous: a crop would otherwise keep its whole picture in memory.
        And what the sample's metainfo is told about them: ``jitter``, the draws of a
        last transform that leaves the changes to the device.

    Raises:
        InputError: A transform refuses the picture, or the result is something else.

    Example:
        >>> picture = torch.zeros(3, 4, 6, dtype=torch.uint8)
        >>> view, told = make_views([lambda x: x[:, :2, :2]], picture, 'a.jpg')
        >>> view.shape, told
        (torch.Size([3, 2, 2]), {})
    """
    views: Any = picture
    for transform in transforms:
        if isinstance(views, Jittered):
            raise InputError(
                f"{transform} comes after the jitter of the batch; that goes last"
            )
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
    told = {}
    if isinstance(views, Jittered):
        views, told = views.views, dict(jitter=views.draws)
    if isinstance(views, list | tuple):
        return [_checked(view, transforms) for view in views], told
    return _checked(views, transforms), told


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
