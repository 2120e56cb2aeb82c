"""Top-k accuracy against sorting, and what it must not reward."""

import pytest
import torch

from ce_plugin.errors import InputError
from ce_plugin.evaluation import TopKAccuracy


def judge(samples, topk=(1, 2)):
    metric = TopKAccuracy(topk=topk)
    metric.process(None, samples)
    return metric.evaluate(size=len(samples))


def test_against_sorting():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(50, 7, generator=generator)
    labels = torch.randint(7, (50,), generator=generator)
    samples = [dict(scores=s, gt_label=y, path="") for s, y in zip(scores, labels)]
    figures = judge(samples, topk=(1, 3))
    for k in (1, 3):
        hits = scores.topk(k).indices.eq(labels[:, None]).any(1).float().mean()
        assert figures[f"accuracy/top{k}"] == pytest.approx(100 * float(hits))


def test_every_branch_has_its_own():
    right, wrong = torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0])
    sample = dict(scores_conv5=wrong, scores_conv1=right, gt_label=1)
    figures = judge([sample], topk=(1,))
    assert list(figures) == ["accuracy/conv1_top1", "accuracy/conv5_top1"]
    assert figures == {
        "accuracy/conv1_top1": 100.0,
        "accuracy/conv5_top1": 0.0,
    }


def test_a_network_that_knows_nothing_gets_nothing():
    for value in (0.0, float("nan")):
        samples = [dict(scores=torch.full((4,), value), gt_label=y) for y in range(4)]
        assert judge(samples)["accuracy/top2"] == 0


def test_mistakes():
    with pytest.raises(InputError, match="label 4, but there are 4 scores"):
        judge([dict(scores=torch.zeros(4), gt_label=4)])
    with pytest.raises(InputError, match="topk"):
        TopKAccuracy(topk=(0,))
    with pytest.raises(InputError, match="no pictures"):
        TopKAccuracy().evaluate(size=0)
