"""Base of the tasks that compare views with a momentum network."""

from __future__ import annotations

from collections.abc import Callable

import torch
from mmengine.dist import get_world_size
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.models.draws import keys_of, random_bits
from ce_plugin.models.momentum import follow, follower
from ce_plugin.structures import PretextSample

from .base import ViewsPretext


class MomentumViews(ViewsPretext):
    """Base class of the tasks whose targets come from a slow copy of the network.

    Attributes:
        followed: Names of the parts that have a copy; that of ``backbone`` is
            ``backbone_momentum``.
        groups: How many groups, each with its own batch statistics, a batch goes
            through the encoder in.
        shuffle: The slow encoder's groups are others.
    """

    followed = ("backbone", "head")
    groups: int = 1
    shuffle: bool = True

    def set_groups(self, groups: int, shuffle: bool) -> None:
        """Sets ``groups`` and ``shuffle``.

        Raises:
            InputError: ``groups`` is below 1.
        """
        if groups < 1:
            name = type(self).__name__
            raise InputError(f"{name}: groups is at least 1, not {groups}")
        self.groups, self.shuffle = groups, shuffle

    def add_followers(self) -> None:
        """Makes the copies; to be called when all parts are there."""
        for name in self.followed:
            self.add_module(f"{name}_momentum", follower(getattr(self, name)))

    def init_weights(self) -> None:
        """Initialises; the copies start from the parts' weights and buffers."""
        super().init_weights()
        for name in self.followed:
            state = getattr(self, name).state_dict()
            getattr(self, f"{name}_momentum").load_state_dict(state)

    def follow(self, momentum: float | Tensor) -> None:
        """Moves the copies, in training only, once for each step of the optimizer.

        To be called at the start of a loss, before the copies are used: after an
        optimizer's step there is no place that every way of training passes.
        """
        if self.training and self.stepped:
            for name in self.followed:
                follow(getattr(self, name), getattr(self, f"{name}_momentum"), momentum)

    def map_momentum(self, pictures: Tensor) -> Tensor:
        """The slow encoder's last map, (B, C, h, w)."""
        maps = self.backbone_momentum(pictures)
        return maps if isinstance(maps, Tensor) else maps[-1]

    def embed_momentum(self, pictures: Tensor) -> Tensor:
        """The mean of the slow encoder's last map over all positions, (B, C)."""
        return self.map_momentum(pictures).mean(dim=(2, 3))

    def in_groups(
        self, network: Callable[[Tensor], Tensor], pictures: Tensor
    ) -> Tensor:
        """``network(pictures)``, group by group."""
        return torch.cat([network(part) for part in pictures.chunk(self.groups)])

    def among_others(
        self,
        network: Callable[[Tensor], Tensor],
        pictures: Tensor,
        samples: PretextSample | None = None,
    ) -> Tensor:
        """``network(pictures)``, each picture in another group or process."""
        several = get_world_size() > 1
        if not self.shuffle or (self.groups == 1 and not several):
            return self.in_groups(network, pictures)
        if not several:
            keys = keys_of(samples, len(pictures), pictures.device)
            order = random_bits(keys, (), stream=0).argsort(stable=True)
            return self.in_groups(network, pictures[order])[order.argsort()]
        batches = self.lightly("models.utils")
        # Processes exchange contiguous memory only.
        mixed, order = batches.batch_shuffle(pictures.contiguous(), distributed=True)
        made = self.in_groups(network, mixed).contiguous()
        return batches.batch_unshuffle(made, order, distributed=True)
