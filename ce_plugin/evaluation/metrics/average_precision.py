"""Average precision of pictures with several classes, over one draw and over many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ce_plugin.errors import InputError
from ce_plugin.registry import METRICS

TIE_BREAK = 1e-5
"""Taken from the scores of positives: at equal scores the negatives come first."""


def average_precision(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the precision-recall curve of one class, in [0, 1].

    scikit-learn's: no interpolation, so neither VOC's 11-point figure of 2007 nor its
    area of 2010.

    Args:
        scores: (N,), higher means more likely there.
        labels: (N,), 1 there, -1 not there, 0 left out (difficult).

    Returns:
        The figure; nan for a class without positives.

    Source: Krahenbuhl et al. 2016 (VOC 2007 classification).

    Example:
        >>> scores = np.array([0.9, 0.8, 0.7, 0.6])
        >>> average_precision(scores, np.array([1, -1, 1, 0]))  # (1 + 2/3) / 2
        0.8333333333333333
        >>> average_precision(np.zeros(4), np.array([1, -1, -1, -1]))
        0.25
    """
    from sklearn.metrics import average_precision_score

    counted = labels != 0
    truth = labels[counted] > 0
    if not truth.any():
        return float("nan")
    lowered = scores[counted].astype(np.float64) - TIE_BREAK * truth
    return float(average_precision_score(truth, lowered))


@METRICS.register_module()
class VOCMultiLabelAP(BaseMetric):
    """Mean average precision by the VOC 2007 classification protocol, in percent.

    A dataset with ``crops_per_picture=10`` shows each picture in ten random draws. The
    raw scores of a picture's draws are summed, then the classes are ranked. The figures
    are ``mAP_<n>-draws``, ``mAP_1-draw`` from the first draw of each picture alone, and
    ``AP_<class>`` from all draws. Classes with fewer than ``min_positives`` pictures
    are left out of the mean and named in the log.

    Args:
        classes: Names in the order of the labels; None: those of the dataset.
        min_positives: Pictures that a class needs to count, at least 1.
        collect_device: 'cpu' or 'gpu', where processes exchange results.
        prefix: Put before every name, with a slash.

    Raises:
        InputError: ``min_positives`` below 1; (at the end) no class counts, labels or
            scores of another number of classes, or pictures with different numbers of
            draws.

    Source: Krahenbuhl et al. 2016 (VOC 2007 classification).

    Example:
        >>> metric = VOCMultiLabelAP(classes=['cat'])
        >>> for path, score, label in (('a', 0.9, 1), ('b', 0.1, -1)):
        ...     sample = dict(path=path, index=0, scores=np.array([score]),
        ...                   gt_label=np.array([label]))
        ...     metric.process(None, [sample])
        >>> metric.evaluate(size=2)['voc/mAP_1-draw']
        100.0
    """

    default_prefix = "voc"

    def __init__(
        self,
        classes: Sequence[str] | None = None,
        min_positives: int = 1,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if min_positives < 1:
            raise InputError(f"min_positives is at least 1, not {min_positives}")
        self._classes, self.min_positives = classes, min_positives

    @property
    def classes(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        if self._classes is not None:
            return tuple(self._classes)
        if "classes" not in (self.dataset_meta or {}):
            raise InputError("VOCMultiLabelAP: the dataset names no classes; set them")
        return tuple(self.dataset_meta["classes"])

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep scores and labels.

        Args:
            data_batch: Not used.
            data_samples: One dict a draw: ``path`` of the picture, ``index`` of the
                draw (a picture's draws in their order), ``scores`` (K,) and
                ``gt_label`` (K,).
        """
        for sample in data_samples:
            scores, labels = (_array(sample[key]) for key in ("scores", "gt_label"))
            shape = (len(self.classes),)
            if scores.shape != shape or labels.shape != shape:
                raise InputError(
                    f"VOCMultiLabelAP knows {len(self.classes)} classes; the scores "
                    f"are of shape {scores.shape}, the labels of {labels.shape}"
                )
            self.results.append((sample["path"], sample["index"], scores, labels))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """The figures of all pictures."""
        draws, labels = _by_picture(results)
        count = draws.shape[1]
        positives = (labels > 0).sum(axis=0)
        counted = positives >= self.min_positives
        if not counted.any():
            raise InputError(
                f"no class has {self.min_positives} positive pictures among "
                f"{len(labels)}; there is no mean"
            )
        left_out = [name for name, c in zip(self.classes, counted) if not c]
        if left_out:
            print_log(
                f"mean over {counted.sum()} classes; left out, with fewer than "
                f"{self.min_positives} positive pictures: {', '.join(left_out)}",
                logger="current",
            )
        single = self._percent(draws[:, 0], labels)
        figures = {"mAP_1-draw": float(single[counted].mean())}
        if count > 1:
            single = self._percent(draws.sum(axis=1), labels)
            figures[f"mAP_{count}-draws"] = float(single[counted].mean())
        for name, value, there in zip(self.classes, single, counted):
            if there:
                figures[f"AP_{name}"] = float(value)
        return figures

    @staticmethod
    def _percent(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        columns = zip(scores.T, labels.T)
        return 100 * np.array([average_precision(s, y) for s, y in columns])


def _by_picture(results: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """Scores (pictures, draws, K) and labels (pictures, K)."""
    if not results:
        raise InputError("no pictures to judge; check val_dataloader.dataset")
    scores: dict[str, dict[int, np.ndarray]] = {}
    labels: dict[str, np.ndarray] = {}
    for path, index, row, label in results:
        scores.setdefault(path, {})[index] = row
        labels[path] = label
    counts = {len(draws) for draws in scores.values()}
    if len(counts) > 1:
        raise InputError(
            f"pictures with {min(counts)} and with {max(counts)} draws; set "
            "crops_per_picture of the dataset, and judge all of it"
        )
    stacked = [np.stack([d[i] for i in sorted(d)]) for d in scores.values()]
    return np.stack(stacked).astype(np.float64), np.stack(list(labels.values()))


def _array(values: Any) -> np.ndarray:
    return values.cpu().numpy() if hasattr(values, "cpu") else np.asarray(values)
