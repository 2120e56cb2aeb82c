"""The precision of float32 products on a GPU: one setting for all of them."""

from __future__ import annotations

import warnings

import torch

from ce_plugin.errors import InputError

PRECISIONS = ("tf32", "ieee")
DEFAULT = "tf32"


def set_float32_precision(name: str = DEFAULT) -> None:
    """Sets the precision of matrix products and convolutions on NVIDIA GPUs.

    torch's own defaults differ: convolutions in TF32, matrix products not. Nothing
    changes on a CPU.

    Args:
        name: 'tf32': factors are rounded to 10 bits of mantissa, sums are float32, and
            tensor cores do the work. 'ieee': float32 all through.

    Raises:
        InputError: Another name.

    Example:
        >>> set_float32_precision('ieee')
        >>> torch.backends.cudnn.allow_tf32
        False
        >>> set_float32_precision()
        >>> torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
        (True, True)
    """
    if name not in PRECISIONS:
        raise InputError(f"float32_precision is 'tf32' or 'ieee', not {name!r}")
    # The switches that every torch from 2.6 on has. Newer ones have fp32_precision as
    # well, but who sets that can no longer read these, and libraries do; set by these,
    # both can be read.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        torch.backends.cudnn.allow_tf32 = name == "tf32"
