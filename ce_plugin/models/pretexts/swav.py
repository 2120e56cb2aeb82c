"""SwAV: from a view, the cluster of its picture's other view is predicted."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dist import get_rank, get_world_size
from torch import Tensor, nn

from ce_plugin.models.frozen import call_held, check_shares
from ce_plugin.models.queue import Queue
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import ViewsPretext, in_float32
from .multi_crop import embed_crops


@MODELS.register_module()
class SwAV(ViewsPretext):
    """Swaps the cluster assignments of two views; small crops predict them as well.

    The first two views assign pictures to clusters; any others only predict.

    Args:
        backbone: The encoder; its last map is averaged over all positions. One of
            timm's transformers sees crops of two sizes with ``dynamic_img_size=True``.
        hidden_channels: Width inside the projection head; None for the encoder's.
        out_channels: Width of the space of the clusters.
        prototypes: Number of clusters.
        temperature: Temperature of the softmax over the clusters.
        epsilon: Softness of the assignments.
        iterations: Number of iterations of the Sinkhorn-Knopp algorithm that balances
            them.
        queue: Earlier views that are assigned together with a batch, for each of the
            two views; batches well below the number of clusters need it. 0 for none.
        queue_start: Share of the training, in [0, 1], from which on it is used; before
            it is full, it is not.
        frozen: Share of the training, in [0, 1], in which the prototypes stay.
        gather: The pictures of all processes are assigned together.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing, or a share is none.

    Source: Caron et al. 2020, "Unsupervised learning of visual features by contrasting
    cluster assignments"; head, prototypes, queue and loss are lightly's, the
    prototypes without the bias that the paper's do not have.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        out_channels: int = 128,
        prototypes: int = 3000,
        temperature: float = 0.1,
        epsilon: float = 0.05,
        iterations: int = 3,
        queue: int = 0,
        queue_start: float = 0.0,
        frozen: float = 0.005,
        gather: bool = True,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        check_shares(self, queue_start=queue_start, frozen=frozen)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        losses = self.lightly("loss")
        self.queue_start, self.frozen, self.gather = queue_start, frozen, gather
        self.head = heads.SwaVProjectionHead(
            channels, hidden_channels or channels, out_channels
        )
        # lightly's own freezing takes requires_grad away, and counts steps.
        self.prototypes = heads.SwaVPrototypes(out_channels, prototypes)
        self.prototypes.heads[0].register_parameter("bias", None)
        self.queues = nn.ModuleList(
            # Zero until it is full, where lightly has noise.
            Queue(queue, out_channels, gather, empty=True)
            for _ in range(2 if queue else 0)
        )
        self.criterion = losses.SwaVLoss(temperature, iterations, epsilon, gather)

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The loss of two views or more, each (B, 3, h, w).

        Returns:
            ``loss_assignment``.
        """
        views = self.check_views(inputs)
        if self.training:
            self.prototypes.normalize()
        projected = self.head(embed_crops(self.embed, views))
        with in_float32(projected) as (projected,):
            projected = F.normalize(projected, dim=1)
            if self.progress < self.frozen:
                scores = call_held(self.prototypes, projected)
            else:
                scores = self.prototypes(projected)
            scores = scores.chunk(len(views))
            earlier = self.earlier(projected.detach().chunk(len(views)))
            loss = self.criterion(scores[:2], scores[2:], earlier)
        return dict(loss_assignment=loss.squeeze())

    def phase(self) -> tuple:
        """Whether the prototypes are held, and the queue is used."""
        return self.progress < self.frozen, self.queue_is_used()

    def queue_is_used(self) -> bool:
        """Whether there is a queue, training has reached its start, and it is full."""
        if not self.queues or self.progress < self.queue_start:
            return False
        return self.queues[0].is_full()

    @torch.no_grad()
    def earlier(self, projected: Sequence[Tensor]) -> list[Tensor] | None:
        """Scores of the views in the queues, which then take in ``projected``.

        Args:
            projected: Projections of each view, (B, out_channels), of length 1.

        Returns:
            For each of the two views (Q, prototypes), where Q is this process's share
            of the queue; None where there is no queue, or it is not used yet.
        """
        used = self.queue_is_used()
        banks = [part.read() for part in self.queues] if used else []
        if self.training:
            for part, new in zip(self.queues, projected):
                part.push(new)
        if not used:
            return None
        if self.gather:
            # The queue is the same everywhere: each process adds a part of its own.
            world = get_world_size()
            banks = [x[get_rank() :: world][: len(x) // world] for x in banks]
        return [self.prototypes(x) for x in banks]
