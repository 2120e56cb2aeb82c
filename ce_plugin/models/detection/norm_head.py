"""The C4 head with one more batch norm, as the self-supervised literature has it."""

from __future__ import annotations

from mmcv.cnn import build_norm_layer
from mmdet.models.roi_heads.bbox_heads import BBoxHead
from torch import Tensor


class NormBBoxHead(BBoxHead):
    """mmdet's ``BBoxHead`` behind a batch norm of its input.

    In a C4 detector the head's input is the encoder's last stage, and encoders that
    learned without labels differ in the scale of what it puts out; under one learning
    rate that, not the features, would be measured. The norm sits in the head and not in
    the shared stage, so that the stage's tensors are the encoder's, all of them, and a
    load can be held to that.

    Args:
        norm_cfg: Config of the norm.
        **kwargs: See mmdet's ``BBoxHead``.

    Source: He et al., Momentum Contrast, CVPR 2020, section 4.2 and its detection code
    (a norm after res5).

    Example:
        >>> import torch
        >>> from mmengine.registry import DefaultScope
        >>> with DefaultScope.overwrite_default_scope('mmdet'):
        ...     head = NormBBoxHead(in_channels=8, with_avg_pool=True, num_classes=20)
        >>> [tuple(x.shape) for x in head(torch.rand(5, 8, 7, 7))]
        [(5, 21), (5, 80)]
    """

    def __init__(self, norm_cfg: dict | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.norm = build_norm_layer(norm_cfg or dict(type="BN"), self.in_channels)[1]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(self.norm(x))
