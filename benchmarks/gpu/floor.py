"""The least time that a step can take: its operations and bytes over the ceilings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

# What a fused Adam moves for a weight of 4 bytes: weight, gradient and both means are
# read; weight and means are written; the gradient has been written before.
OPTIMIZER_BYTES = 8 * 4


def count(model: nn.Module, step: Callable[[], object]) -> dict[str, float]:
    """Operations of a step, and bytes that it moves at the least.

    Args:
        model: Network that the optimizer trains.
        step: One training step.

    Returns:
        ``flop``, of products and convolutions, forward and backward; ``bytes``: each
        tensor that is kept for the backward pass written once and read once, and what
        the optimizer moves.
    """
    kept: dict[int, int] = {}

    def pack(x: Tensor) -> Tensor:
        storage = x.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return x

    counter = FlopCounterMode(display=False)
    with counter, torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        step()
    trained = [p for p in model.parameters() if p.requires_grad]
    for p in trained:
        kept.pop(p.untyped_storage().data_ptr(), None)
    moved = 2 * sum(kept.values()) + OPTIMIZER_BYTES * sum(p.numel() for p in trained)
    return dict(flop=float(counter.get_total_flops()), bytes=float(moved))


def floor(
    counted: Mapping[str, float], facts: Mapping[str, Mapping[str, Any]], dtype: str
) -> dict[str, float | None]:
    """Milliseconds over the measured ceilings; the larger one is the floor.

    Args:
        counted: See :func:`count`.
        facts: Items of the stage of that name.
        dtype: Type of the products: 'tf32', 'bfloat16' or 'float32'.
    """
    rate = facts.get(f"matrix product, {dtype}", {}).get("tflop_per_s")
    bandwidth = facts.get("copy on the device", {}).get("gb_per_s")
    return dict(
        by_operations_ms=rate and round(counted["flop"] / rate / 1e9, 3),
        by_bytes_ms=bandwidth and round(counted["bytes"] / bandwidth / 1e6, 3),
    )
