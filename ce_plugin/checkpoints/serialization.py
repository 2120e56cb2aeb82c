"""Training state as tensors and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer


def to_plain(value: Any) -> Any:
    """``value`` with nothing in it but tensors, containers and plain values.

    mmengine's checkpoints carry log buffers that only an unchecked pickle reads; there
    is no safe set of types to allow for them, for they drag ``getattr`` along. As plain
    values they pass ``torch.load(weights_only=True)`` anywhere, also where this package
    is not installed, and the check never has to be loosened.

    Args:
        value: A checkpoint or a part of one. Buffers become a dict of two tensors,
            arrays tensors, numpy scalars numbers, paths strings.
    """
    if isinstance(value, HistoryBuffer):
        values, counts = value.data
        return dict(history=torch.as_tensor(values), counts=torch.as_tensor(counts))
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, str | Path):
        # str() also turns subclasses, such as that of torch.__version__, into str.
        return str(value)
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(to_plain(item) for item in value)
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    return value


def restore_history(message_hub: dict) -> None:
    """Turns the log buffers of a checkpoint's ``message_hub`` back, in place."""
    scalars = message_hub["log_scalars"]
    for name, item in scalars.items():
        if isinstance(item, Mapping):
            scalars[name] = HistoryBuffer(
                item["history"].tolist(), item["counts"].tolist()
            )
