"""lightly's queue of negatives, kept in checkpoints."""

from __future__ import annotations

from torch import nn


def keep_queue(bank: nn.Module) -> nn.Module:
    """Makes the buffers of a lightly ``MemoryBankModule`` part of the state dict.

    lightly leaves them out, so that a resumed run would begin with random negatives.

    Args:
        bank: With the buffers ``bank`` and ``bank_ptr``; changed in place.

    Returns:
        The same.
    """
    # Empty memory until the first call otherwise.
    bank.bank_ptr.zero_()
    for name in ("bank", "bank_ptr"):
        bank.register_buffer(name, bank._buffers.pop(name), persistent=True)
        bank._non_persistent_buffers_set.discard(name)
    return bank
