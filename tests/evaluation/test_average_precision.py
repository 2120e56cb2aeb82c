"""Average precision against one counted by hand, and sums over draws."""

import numpy as np
import pytest

from ce_plugin.datasets import VOC_CLASSES
from ce_plugin.errors import InputError
from ce_plugin.evaluation import VOCMultiLabelAP
from ce_plugin.evaluation.metrics.average_precision import average_precision


def counted(scores, labels):
    """Mean over the positives of the precision among all that score no less."""
    precisions = []
    for score, label in zip(scores, labels):
        if label > 0:
            above = [y for s, y in zip(scores, labels) if s >= score and y != 0]
            precisions.append(sum(y > 0 for y in above) / len(above))
    return sum(precisions) / len(precisions)


def test_by_hand():
    # Ranks: + - + (difficult) -: precisions 1 and 2/3.
    scores = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    labels = np.array([1, -1, 1, 0, -1])
    assert average_precision(scores, labels) == pytest.approx((1 + 2 / 3) / 2)
    # The difficult one would have come first.
    labels = np.array([0, -1, 1, 1, -1])
    assert average_precision(scores, labels) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_ties_go_against_the_positives():
    scores = np.array([1.0, 1.0, 1.0, 0.0])
    labels = np.array([1, -1, -1, 1])
    assert average_precision(scores, labels) == pytest.approx((1 / 3 + 2 / 4) / 2)
    # More than the tie break apart, nothing changes.
    scores = np.array([1.00002, 1.0, 1.0, 0.0])
    assert average_precision(scores, labels) == pytest.approx((1 + 2 / 4) / 2)


def test_against_counting():
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores = rng.integers(0, 6, 30).astype(np.float32)
        labels = rng.integers(-1, 2, 30)
        assert average_precision(scores, labels) == pytest.approx(
            counted(scores, labels)
        )


def judge(scores, labels, **options):
    """Figures of scores (pictures, draws, K), given in a shuffled order."""
    metric = VOCMultiLabelAP(**options)
    metric.dataset_meta = dict(classes=VOC_CLASSES[: labels.shape[1]])
    pictures, draws, _ = scores.shape
    order = np.random.default_rng(1).permutation(pictures * draws)
    for index in order:
        k, draw = divmod(int(index), draws)
        sample = dict(path=f"{k}.jpg", index=int(index))
        sample |= dict(scores=scores[k, draw], gt_label=labels[k])
        metric.process(None, [sample])
    return metric.evaluate(size=len(order))


def drawn(pictures=40, draws=10, classes=5, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, 2, (pictures, classes))
    scores = labels[:, None] + 4 * rng.normal(size=(pictures, draws, classes))
    return scores.astype(np.float32), labels


def test_ten_draws_are_the_sum_of_ten_single_draws():
    scores, labels = drawn()
    figures = judge(scores, labels)
    singles = scores.astype(np.float64).sum(axis=1)
    by_class = [100 * counted(singles[:, k], labels[:, k]) for k in range(5)]
    assert figures["voc/mAP_10-draws"] == pytest.approx(np.mean(by_class))
    assert figures[f"voc/AP_{VOC_CLASSES[3]}"] == pytest.approx(by_class[3])
    first = [100 * counted(scores[:, 0, k], labels[:, k]) for k in range(5)]
    assert figures["voc/mAP_1-draw"] == pytest.approx(np.mean(first))
    # Averaging over noise helps; these draws are noisy.
    assert figures["voc/mAP_10-draws"] > figures["voc/mAP_1-draw"] + 5


def test_classes_without_positives_are_left_out_and_named(monkeypatch):
    said = []
    monkeypatch.setattr(
        "ce_plugin.evaluation.metrics.average_precision.print_log",
        lambda text, **_: said.append(text),
    )
    scores, labels = drawn(draws=1)
    labels[labels[:, 1] > 0, 1] = 0
    figures = judge(scores, labels)
    assert f"AP_{VOC_CLASSES[1]}" not in str(figures)
    kept = [100 * counted(scores[:, 0, k], labels[:, k]) for k in (0, 2, 3, 4)]
    assert figures["voc/mAP_1-draw"] == pytest.approx(np.mean(kept))
    assert "mAP_1-draws" not in str(figures)
    assert said and said[0].endswith(VOC_CLASSES[1])
    with pytest.raises(InputError, match="no class has 30 positive pictures"):
        judge(scores, labels, min_positives=30)


def test_what_does_not_belong_together():
    scores, labels = drawn(pictures=4, draws=2)
    metric = VOCMultiLabelAP(classes=VOC_CLASSES)
    sample = dict(path="a", index=0, scores=scores[0, 0], gt_label=labels[0])
    with pytest.raises(InputError, match="20 classes"):
        metric.process(None, [sample])
    metric = VOCMultiLabelAP(classes=VOC_CLASSES[:5])
    for index, path in enumerate("aab"):
        metric.process(None, [dict(sample, path=path, index=index)])
    with pytest.raises(InputError, match="pictures with 1 and with 2 draws"):
        metric.evaluate(size=3)
    with pytest.raises(InputError, match="no pictures to judge"):
        VOCMultiLabelAP().evaluate(size=0)
    with pytest.raises(InputError, match="min_positives"):
        VOCMultiLabelAP(min_positives=0)
