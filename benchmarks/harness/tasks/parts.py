"""The encoder inside of a detector or segmentor, as an encoder's file describes it."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor

from ce_plugin.registry import MODELS


@MODELS.register_module()
class TaskEncoder(BaseModule):
    """Any encoder as a backbone of mmdet or mmseg.

    Args:
        encoder: Config of the encoder; ``init_cfg`` loads its weights.
        bfloat16: Its convolutions are computed in bfloat16; what it returns is float32,
            and all that follows is computed so. mmcv's operators know no other.
        frozen: It stays as it is, norms included.
        init_cfg: mmengine's, of this wrapper: none.

    Returns (forward):
        Tuple of maps (B, C, h, w), float32.
    """

    def __init__(
        self,
        encoder: dict[str, Any],
        bfloat16: bool = False,
        frozen: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.encoder = MODELS.build(encoder)
        # The order that convolutions on a CPU are fastest in.
        self.encoder.to(memory_format=torch.channels_last)
        self.bfloat16, self.frozen = bfloat16, frozen
        if frozen:
            self.encoder.requires_grad_(False)

    def train(self, mode: bool = True) -> TaskEncoder:
        super().train(mode)
        if self.frozen:
            self.encoder.eval()
        return self

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = x.contiguous(memory_format=torch.channels_last)
        with (
            torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16),
            torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen),
        ):
            maps = self.encoder(x)
        return tuple(m.float().contiguous() for m in maps)
