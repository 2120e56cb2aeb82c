"""How many parameters a file of weights holds."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""What names of a batch norm's tensors end in that are no parameters."""


def parameters_of(state: Mapping[str, Tensor]) -> int:
    """Numbers in a state dict, the statistics of batch norms left out."""
    return sum(v.numel() for k, v in state.items() if not k.endswith(STATISTICS))
