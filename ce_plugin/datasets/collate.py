"""Collates samples to a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.utils.data import default_collate

from ce_plugin.errors import InputError
from ce_plugin.registry import FUNCTIONS
from ce_plugin.structures import PretextSample


@FUNCTIONS.register_module()
def collate_samples(
    batch: Sequence[dict[str, Any]], _scope_: str | None = None
) -> dict[str, Any]:
    """Stacks the samples of a :class:`PictureDataset`.

    Args:
        batch: Dicts with ``inputs``, (3, H, W) or a list of V views, and
            ``data_samples``.
        _scope_: Without effect; mmengine leaves it in every part of a config that was
            inherited from another package's.

    Returns:
        ``inputs``: (B, 3, H, W), or a list of V such; ``data_samples``: one sample
        that holds the batch.

    Raises:
        InputError: Pictures of different sizes.

    Example:
        >>> import torch
        >>> one = dict(inputs=torch.zeros(3, 4, 4), data_samples=PretextSample())
        >>> collate_samples([one, one])['inputs'].shape
        torch.Size([2, 3, 4, 4])
    """
    inputs = [sample["inputs"] for sample in batch]
    if isinstance(inputs[0], Tensor):
        stacked = _stack(inputs)
    else:
        if len({len(views) for views in inputs}) > 1:
            raise InputError("the samples of a batch have different numbers of views")
        stacked = [_stack(view) for view in zip(*inputs)]
    samples = PretextSample.stack([sample["data_samples"] for sample in batch])
    return dict(inputs=stacked, data_samples=samples)


def _stack(pictures: Sequence[Tensor]) -> Tensor:
    shapes = sorted({tuple(picture.shape) for picture in pictures})
    if len(shapes) > 1:
        sizes = " and ".join("x".join(map(str, shape[1:])) for shape in shapes[:2])
        raise InputError(
            f"the pictures of a batch have different sizes ({sizes}); end the "
            "transforms with a crop of fixed size, such as dict(type='CenterCrop', "
            "size=128)"
        )
    # torch's own collating writes straight into memory that workers share.
    return default_collate(list(pictures))
