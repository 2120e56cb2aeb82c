"""DINO: a student learns a slow teacher's classes, which nobody has named."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.models.frozen import call_held, check_shares
from ce_plugin.models.momentum import cosine
from ce_plugin.optional import require
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import in_float32
from .momentum_views import MomentumViews
from .multi_crop import embed_crops


@MODELS.register_module()
class DINO(MomentumViews):
    """Predicts from each view what the momentum network makes of the other large ones.

    The first two views are the teacher's; any others only the student sees.

    Args:
        backbone: The encoder; its last map is averaged over all positions. One of
            timm's transformers sees crops of two sizes with ``dynamic_img_size=True``.
        hidden_channels: Width inside the head; None for the encoder's.
        bottleneck_channels: Width before the last layer; None for an eighth of the
            encoder's.
        out_channels: Number of classes; None for 32 times the encoder's width.
        momentum: Momentum of the teacher, at the start; it reaches 1 at the end of the
            training along half a cosine.
        temperature: Temperature of the student's softmax.
        teacher_temperature: Temperature of the teacher's softmax, at the start and
            after the warm-up.
        warm_up: Share of the training, in [0, 1], in which it rises.
        center_momentum: Momentum of the mean that is subtracted from the teacher's
            scores.
        frozen: Share of the training, in [0, 1], in which the last layer stays.
        norm_last_layer: The last layer's rows keep the length 1.
        batch_norm: The head has batch norms; not beside a transformer.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: lightly is missing, or a share is none.

    Source: Caron et al. 2021, "Emerging properties in self-supervised vision
    transformers"; head and loss are lightly's.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        hidden_channels: int | None = None,
        bottleneck_channels: int | None = None,
        out_channels: int | None = None,
        momentum: float = 0.996,
        temperature: float = 0.1,
        teacher_temperature: tuple[float, float] = (0.04, 0.07),
        warm_up: float = 0.1,
        center_momentum: float = 0.9,
        frozen: float = 0.01,
        norm_last_layer: bool = True,
        batch_norm: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        check_shares(self, warm_up=warm_up, frozen=frozen)
        channels = self.features.out_channels[-1]
        heads = self.lightly("models.modules.heads")
        losses = self.lightly("loss")
        self.momentum, self.warm_up, self.frozen = momentum, warm_up, frozen
        self.teacher_temperature = tuple(teacher_temperature)
        classes = out_channels or 32 * channels
        # What weight norm computes on the way could not be copied with its history.
        with torch.no_grad():
            self.head = heads.DINOProjectionHead(
                channels,
                hidden_channels or channels,
                bottleneck_channels or max(1, channels // 8),
                classes,
                batch_norm=batch_norm,
                norm_last_layer=norm_last_layer,
            )
        loss = type("DINOLoss", (losses.DINOLoss,), dict(update_center=_move_center))
        self.criterion = loss(
            classes, student_temp=temperature, center_momentum=center_momentum
        )
        self.add_followers()

    def temperature_now(self) -> float:
        """The teacher's temperature: it rises evenly, then stays."""
        start, end = self.teacher_temperature
        if self.progress >= self.warm_up:
            return end
        return start + (end - start) * self.progress / self.warm_up

    def schedule(self) -> dict[str, float]:
        """The momentum."""
        return dict(momentum=cosine(self.momentum, 1.0, self.progress))

    def phase(self) -> tuple:
        """Whether the last layer is held, and the teacher's temperature."""
        return self.progress < self.frozen, self.temperature_now()

    def loss(
        self, inputs: Sequence[Tensor], data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The loss of two views or more, each (B, 3, h, w).

        Returns:
            ``loss_distillation``.
        """
        views = self.check_views(inputs)
        self.follow(self.scheduled("momentum"))
        with torch.no_grad():
            seen = embed_crops(self.embed_momentum, views[:2])
            taught = self.head_momentum(seen)
        features = embed_crops(self.embed, views)
        if self.progress < self.frozen:
            learnt = call_held(self.head, features, "last_layer.")
        else:
            learnt = self.head(features)
        with in_float32(taught, learnt) as (taught, learnt):
            loss = self.criterion(
                taught.chunk(2), learnt.chunk(len(views)), self.temperature_now()
            )
        return dict(loss_distillation=loss)


@torch.no_grad()
def _move_center(loss: nn.Module, teacher_out: Tensor) -> None:
    """As lightly's, in place: a recorded step would not find a new tensor."""
    center = require("lightly.models.modules.center", "DINO", "lightly")
    mean = loss._center_fn(x=teacher_out, dim=(0, 1))
    moved = center.center_momentum(loss.center, mean, loss.center_momentum)
    loss.center.copy_(moved)
