"""Fast R-CNN's head on CaffeNet: fc6 and fc7, classes and boxes."""

from __future__ import annotations

from mmdet.models.roi_heads.bbox_heads import BBoxHead
from torch import Tensor, nn


class CaffeNetBBoxHead(BBoxHead):
    """CaffeNet's fully-connected layers in front of mmdet's two predictions.

    An encoder that learned without labels has no fc6 and fc7, and Caffe's stock file
    gives no way to initialise them, so both start from N(0, fc_std), where 0.005 is
    CaffeNet's deviation. Their biases start at ``fc_bias``: 0.1 starts the ReLUs alive;
    CaffeNet's own were 1. Predictions start at N(0, .01) for classes and N(0, .001) for
    boxes, as in the stock file. fc6 reads its map as (channel, row, column), as Caffe
    does.

    Args:
        in_channels: Channels of the pooled regions.
        roi_feat_size: Cells along each side of a pooled region.
        fc_channels: Width of fc6 and fc7.
        dropout: Probability, after fc6 and fc7.
        fc_std: Standard deviation of their weights before training.
        fc_bias: Their biases before training.
        **kwargs: See mmdet's ``BBoxHead``.

    Source: Girshick, Fast R-CNN, ICCV 2015; the paper's section 5.2.

    Example:
        >>> import torch
        >>> from mmengine.registry import DefaultScope
        >>> with DefaultScope.overwrite_default_scope('mmdet'):
        ...     head = CaffeNetBBoxHead(8, fc_channels=16, num_classes=20)
        >>> [tuple(x.shape) for x in head(torch.rand(5, 8, 6, 6))]
        [(5, 21), (5, 80)]
    """

    def __init__(
        self,
        in_channels: int = 256,
        roi_feat_size: int = 6,
        fc_channels: int = 4096,
        dropout: float = 0.5,
        fc_std: float = 0.005,
        fc_bias: float = 0.1,
        **kwargs,
    ) -> None:
        # To mmdet's head the vector after fc7 is a region of one cell.
        super().__init__(in_channels=fc_channels, roi_feat_size=1, **kwargs)
        self.fc6 = nn.Linear(in_channels * roi_feat_size**2, fc_channels)
        self.fc7 = nn.Linear(fc_channels, fc_channels)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(dropout)
        if kwargs.get("init_cfg") is None:
            both = [dict(name="fc6"), dict(name="fc7")]
            fc = dict(type="Normal", std=fc_std, bias=fc_bias, override=both)
            self.init_cfg = [*self.init_cfg, fc]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.dropout(self.relu(self.fc6(x.flatten(1))))
        x = self.dropout(self.relu(self.fc7(x)))
        return super().forward(x)
