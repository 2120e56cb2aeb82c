"""Top-k accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from ce_plugin.errors import InputError
from ce_plugin.registry import METRICS


@METRICS.register_module()
class TopKAccuracy(BaseMetric):
    """Share of pictures, in percent, whose class is among the k highest scores.

    The figures are ``top<k>``, or ``<branch>_top<k>`` where a head has several branches
    (linear probes of several layers). Equal scores count against the right class, so
    that a network that says the same of all classes gets 0.

    Args:
        topk: Which k.
        collect_device: 'cpu' or 'gpu', where processes exchange results.
        prefix: Put before every name, with a slash.

    Raises:
        InputError: A k below 1; a label without a score; (at the end) no picture.

    Example:
        >>> metric = TopKAccuracy(topk=(1, 2))
        >>> sample = dict(scores=torch.tensor([0.1, 0.7, 0.2]), gt_label=2)
        >>> metric.process(None, [sample])
        >>> metric.evaluate(size=1)
        {'accuracy/top1': 0.0, 'accuracy/top2': 100.0}
    """

    default_prefix = "accuracy"

    def __init__(
        self,
        topk: Sequence[int] = (1, 5),
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not topk or min(topk) < 1:
            raise InputError(f"topk of TopKAccuracy has numbers from 1, not {topk}")
        self.topk = tuple(topk)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keeps the rank of the right class.

        Args:
            data_batch: Not used.
            data_samples: One dict a picture: ``gt_label``, and ``scores`` (K,) or
                several ``scores_<branch>``.
        """
        for sample in data_samples:
            label = int(sample["gt_label"])
            branches = {
                key.removeprefix("scores").removeprefix("_"): _place(values, label)
                for key, values in sample.items()
                if key == "scores" or key.startswith("scores_")
            }
            self.results.append(branches)

    def compute_metrics(self, results: list[dict[str, int]]) -> dict[str, float]:
        """Percentages over all pictures."""
        if not results:
            raise InputError("no pictures to judge; check val_dataloader.dataset")
        figures = {}
        # A sample keeps its fields in no order.
        for branch in sorted(results[0]):
            places = np.array([result[branch] for result in results])
            for k in self.topk:
                name = f"{branch}_top{k}" if branch else f"top{k}"
                figures[name] = float(100 * (places < k).mean())
        return figures


def _place(scores: torch.Tensor, label: int) -> int:
    """The rank of the right class, from 0; the last one where its score is NaN."""
    if not 0 <= label < len(scores):
        raise InputError(
            f"a picture has the label {label}, but there are {len(scores)} scores; set "
            "model.head.num_classes to the number of classes in the data"
        )
    return len(scores) - 1 - int((scores < scores[label]).sum())
