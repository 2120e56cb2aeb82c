"""A queue of the embeddings of the last batches, kept on the device."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.dist import get_world_size
from torch import Tensor, nn

from ce_plugin.optional import require


class Queue(nn.Module):
    """A ring of embeddings, kept in checkpoints.

    It does what lightly's ``MemoryBankModule`` does, under the same names, and where
    the next batch goes is known to the device alone: lightly asks for that number in
    every step, and the CPU waits for it.

    Args:
        size: Entries.
        channels: Width of each embedding.
        gather: The batches of all processes go in, the same ones everywhere.
        empty: Zeros at the start, not random embeddings of length 1.
    """

    def __init__(
        self, size: int, channels: int, gather: bool = False, empty: bool = False
    ) -> None:
        super().__init__()
        start = F.normalize(torch.randn(size, channels), dim=1)
        self.register_buffer("bank", torch.zeros_like(start) if empty else start)
        self.register_buffer("bank_ptr", torch.zeros(1, dtype=torch.long))
        self.gather, self._full = gather, False

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        self._full = False
        super()._load_from_state_dict(*args, **kwargs)

    def is_full(self) -> bool:
        """Whether the last entry is there, where the queue began empty.

        The device is asked until it has said yes once.
        """
        self._full = self._full or bool(self.bank[-1].any())
        return self._full

    def read(self) -> Tensor:
        """All entries, (size, channels): a copy, as the queue goes on."""
        return self.bank.detach().clone()

    @torch.no_grad()
    def push(self, batch: Tensor) -> None:
        """Puts embeddings (B, channels) in the place of the oldest ones.

        What does not fit before the end of the ring is left out, and the next batch
        starts from the beginning, as in lightly.
        """
        if self.gather and get_world_size() > 1:
            batch = require(
                "lightly.models.utils", "a gathered queue", "lightly"
            ).concat_all_gather(batch.contiguous())
        size = len(self.bank)
        batch = batch[:size].to(self.bank.dtype)
        steps = torch.arange(len(batch), device=batch.device)
        # What does not fit writes the last one that does a second time.
        room = size - 1 - self.bank_ptr
        taken = torch.minimum(steps, room)
        self.bank.index_copy_(0, self.bank_ptr + taken, batch[taken])
        after = self.bank_ptr + len(batch)
        self.bank_ptr.copy_(torch.where(after >= size, 0, after))
