"""What the view-comparing tasks with a momentum network share."""

from __future__ import annotations

from torch import Tensor

from ce_plugin.models.momentum import follow, follower

from .base import ViewsPretext


class MomentumViews(ViewsPretext):
    """Base class of the tasks whose targets come from a slow copy of the network.

    Attributes:
        followed: Names of the parts that have a copy; that of ``backbone`` is
            ``backbone_momentum``.
    """

    followed = ("backbone", "head")

    def add_followers(self) -> None:
        """Makes the copies; to be called when all parts are there."""
        for name in self.followed:
            self.add_module(f"{name}_momentum", follower(getattr(self, name)))

    def init_weights(self) -> None:
        """As usual; the copies start from what the parts have become, buffers too."""
        super().init_weights()
        for name in self.followed:
            state = getattr(self, name).state_dict()
            getattr(self, f"{name}_momentum").load_state_dict(state)

    def follow(self, momentum: float) -> None:
        """Moves the copies, in training only.

        To be called at the start of a loss, before the copies are used: after an
        optimizer's step there is no place that every way of training passes.
        """
        if self.training:
            for name in self.followed:
                follow(getattr(self, name), getattr(self, f"{name}_momentum"), momentum)

    def map_momentum(self, pictures: Tensor) -> Tensor:
        """The slow encoder's last map, (B, C, h, w)."""
        maps = self.backbone_momentum(pictures)
        return maps if isinstance(maps, Tensor) else maps[-1]

    def embed_momentum(self, pictures: Tensor) -> Tensor:
        """The mean of the slow encoder's last map over all positions, (B, C)."""
        return self.map_momentum(pictures).mean(dim=(2, 3))
