"""What the segmentation tasks need and mmseg has not."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmcv.transforms import BaseTransform
from mmseg.evaluation.metrics import IoUMetric
from mmseg.registry import METRICS, MODELS, TRANSFORMS
from torch import Tensor, nn


@TRANSFORMS.register_module()
class JudgeAtThisSize(BaseTransform):
    """Picture and mask are judged as they are here, not at the picture's own size.

    To be put behind a resize of both; mmseg brings the scores to ``ori_shape``.
    """

    def transform(self, results: dict) -> dict:
        results["ori_shape"] = results["img_shape"]
        return results


@METRICS.register_module()
class PerClassIoU(IoUMetric):
    """``mIoU`` of all classes as in mmseg, and ``IoU/<class>`` in per cent."""

    def compute_metrics(self, results: list) -> dict[str, float]:
        metrics = super().compute_metrics(results)
        intersect, union = (sum(column) for column in list(zip(*results))[:2])
        classes = self.dataset_meta["classes"]
        for name, inside, whole in zip(classes, intersect, union):
            if whole:
                metrics[f"IoU/{name}"] = 100 * float(inside / whole)
        return metrics


@MODELS.register_module()
class WeightedCrossEntropy(nn.Module):
    """Weighted mean over the labelled pixels.

    mmseg's own loss with class weights stops at pixels without a label.
    """

    loss_name = "loss_ce"

    def __init__(self, class_weight: list[float], loss_weight: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("weight", torch.tensor(class_weight), persistent=False)
        self.loss_weight = loss_weight

    def forward(
        self, scores: Tensor, labels: Tensor, ignore_index: int = 255, **_
    ) -> Tensor:
        loss = F.cross_entropy(scores, labels, self.weight, ignore_index=ignore_index)
        return self.loss_weight * loss
