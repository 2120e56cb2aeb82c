"""RoI pooling as Fast R-CNN has it, on a CPU as well."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor
from torchvision.ops import RoIPool

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS


@MODELS.register_module()
class RoIPoolExtractor(BaseModule):
    """Max pooling of each region of one feature map to a fixed size.

    Takes the place of mmdet's ``SingleRoIExtractor``, whose RoIPool (mmcv's) has no CPU
    kernel; torchvision's has one. The rounding is Caffe's: corners of a region go to
    the nearest cell of the map, both of them belong to it, and no region is smaller
    than one cell.

    Args:
        output_size: Cells along each side; Fast R-CNN has 6 for CaffeNet.
        out_channels: Channels of the map.
        featmap_strides: The map's stride, a list of one.
        init_cfg: For mmengine; there are no weights.

    Returns (forward):
        (regions, out_channels, output_size, output_size).

    Raises:
        InputError: More than one stride, or regions that are to be scaled.

    Source: Girshick, Fast R-CNN, ICCV 2015, section 2.1.

    Example:
        >>> import torch
        >>> regions = torch.tensor([[0.0, 0.0, 0.0, 95.0, 47.0]])  # picture, x1, y1, ..
        >>> RoIPoolExtractor(6, 4)([torch.rand(1, 4, 10, 10)], regions).shape
        torch.Size([1, 4, 6, 6])
    """

    def __init__(
        self,
        output_size: int = 6,
        out_channels: int = 256,
        featmap_strides: Sequence[int] = (16,),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(featmap_strides) != 1:
            raise InputError(
                "RoIPoolExtractor pools one map; for a pyramid use mmdet's "
                f"SingleRoIExtractor (featmap_strides is {list(featmap_strides)})"
            )
        self.out_channels = out_channels
        self.featmap_strides = list(featmap_strides)
        self.pool = RoIPool(output_size, 1 / featmap_strides[0])

    @property
    def num_inputs(self) -> int:
        """How many maps are taken: mmdet's RoI head asks."""
        return 1

    def forward(
        self,
        feats: Sequence[Tensor],
        rois: Tensor,
        roi_scale_factor: float | None = None,
    ) -> Tensor:
        if roi_scale_factor is not None:
            raise InputError("RoIPoolExtractor does not scale regions")
        return self.pool(feats[0], rois)
