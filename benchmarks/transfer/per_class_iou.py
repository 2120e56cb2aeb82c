"""mmseg's IoU for each class by name, where its own metric only prints a table."""

from __future__ import annotations

from mmseg.evaluation.metrics import IoUMetric
from mmseg.registry import METRICS


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
