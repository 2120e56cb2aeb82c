"""A target of another picture: the control that tells what is learned of one's own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.dist import all_gather, get_rank, get_world_size
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

from .base import Target, build_target


@MODELS.register_module()
class OtherPicture(Target):
    """What a target says of the next picture of the batch.

    Nothing of it can be told from the picture that is seen, but for what all pictures
    have in common. Everything else is as with the target itself, so that what is left
    of its gain was not the content of the hole. Over several processes the next picture
    of a batch's last one is the first of the next process.

    Args:
        of: A :class:`Target` or its config.

    Raises:
        InputError: ``of`` is no target, or a batch is a single picture.
    """

    def __init__(self, of: dict | nn.Module) -> None:
        super().__init__()
        self.target = build_target(of, "OtherPicture: of")
        self.follows_by_progress = self.target.follows_by_progress

    @property
    def channels(self) -> int:  # type: ignore[override]
        """How many numbers a head has to give for each of the target's cells."""
        return self.target.channels

    @property
    def cell(self) -> int | None:  # type: ignore[override]
        """Side of the target's cells in pixels."""
        return self.target.cell

    @property
    def ready(self) -> bool:  # type: ignore[override]
        """Whether the target can describe."""
        return self.target.ready

    def forward(self, pictures: Tensor) -> Tensor:
        """The target's description of each picture's successor; of the last the first.

        As :meth:`Target.forward`.
        """
        described = self.target(pictures)
        first = described[:1].contiguous()
        if get_world_size() > 1:
            first = all_gather(first)[(get_rank() + 1) % get_world_size()]
        elif len(pictures) < 2:
            raise InputError("OtherPicture: a batch of one picture has no other one")
        return torch.cat([described[1:], first])

    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """The target's loss."""
        return self.target.compare(prediction, target, weight)

    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """The target's pictures."""
        return self.target.show(described, size)

    def fit(self, pictures: Sequence[Tensor], seed: int) -> None:
        """Fits the target."""
        self.target.fit(pictures, seed)

    def attach(self, backbone: nn.Module, preprocessor: nn.Module) -> None:
        self.target.attach(backbone, preprocessor)

    def restart(self, backbone: nn.Module) -> None:
        self.target.restart(backbone)

    def momentum_at(self, progress: float) -> float | None:
        return self.target.momentum_at(progress)

    def follow(self, backbone: nn.Module, momentum: float | Tensor) -> None:
        self.target.follow(backbone, momentum)
