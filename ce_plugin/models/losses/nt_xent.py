"""The contrastive loss: which of many is the other view of the same picture?"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.dist import get_rank, get_world_size
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.queue import Queue
from ce_plugin.optional import require


class NTXentLoss(nn.Module):
    """Cross entropy of the cosines between views of a batch, or with a queue.

    Equal to lightly's loss of that name, with one matrix product in the place of four,
    and without boolean indexing, for which the CPU waits for the device.

    Args:
        temperature: Temperature of the softmax, above 0.
        queue: Entries and channels of a :class:`Queue` of negatives; None: the other
            views of the batch are the negatives.
        gather: Views of all processes are negatives, or go into the queue.

    Returns (forward):
        A scalar, the mean over all views that look for another.

    Raises:
        InputError: ``temperature`` is not positive.

    Source: Chen et al. 2020, "A simple framework for contrastive learning of visual
    representations", equation (1); He et al. 2020, "Momentum contrast for unsupervised
    visual representation learning", equation (1).

    Example:
        >>> z = torch.eye(2)
        >>> NTXentLoss(temperature=1.0)(z, z)  # log(1 + 2 / e)
        tensor(0.5514)
    """

    def __init__(
        self,
        temperature: float = 0.5,
        queue: tuple[int, int] | None = None,
        gather: bool = False,
    ) -> None:
        super().__init__()
        if temperature <= 0:
            raise InputError(f"temperature is above 0, not {temperature}")
        self.temperature, self.gather = temperature, gather
        self.memory_bank = None if queue is None else Queue(*queue, gather)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views of the same pictures, (B, C) each.

        With a queue the first ones look for the second, which then go into it if the
        first have a gradient.
        """
        first, second = F.normalize(first, dim=1), F.normalize(second, dim=1)
        if self.memory_bank is None:
            return self._in_batch(first, second)
        negatives = self.memory_bank.read()
        if first.requires_grad:
            self.memory_bank.push(second)
        found = (first * second).sum(1, keepdim=True)
        logits = torch.cat([found, first @ negatives.mT], dim=1) / self.temperature
        labels = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
        return F.cross_entropy(logits, labels)

    def _in_batch(self, first: Tensor, second: Tensor) -> Tensor:
        batch, offset, views = len(first), 0, [first, second]
        if self.gather and get_world_size() > 1:
            dist = require("lightly.utils.dist", "a gathered loss", "lightly")
            views = [torch.cat(dist.gather(view)) for view in views]
            offset = get_rank() * batch
        logits = torch.cat([first, second]) @ torch.cat(views).mT / self.temperature
        here = torch.arange(batch, device=first.device) + offset
        there = here + len(views[0])
        itself, other = torch.cat([here, there]), torch.cat([there, here])
        columns = torch.arange(logits.shape[1], device=first.device)
        logits = logits.masked_fill(columns == itself[:, None], -torch.inf)
        return F.cross_entropy(logits, other)
