"""The metric of inpainting, and the trivial fills that it compares with."""

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.inpainting import InpaintingMetrics
from ce_plugin.evaluation.metrics.region_errors import region_errors
from ce_plugin.evaluation.metrics.trivial_fills import constant_fill, context_mean_fill
from ce_plugin.structures import PretextSample


def sample_of(target, filled, hole, prediction=None):
    sample = PretextSample(
        target=torch.from_numpy(target),
        composite=torch.from_numpy(np.where(hole, filled, target)),
        mask=torch.from_numpy(hole)[None],
    )
    if prediction is not None:
        sample.prediction = torch.from_numpy(prediction)
    return sample


def test_fills_leave_the_context_alone(rng, hole):
    target = rng.random((2, 3, 24, 20))
    holes = np.stack([hole, hole[::-1, ::-1]])
    tensors = torch.from_numpy(target), torch.from_numpy(holes)
    constant = constant_fill(*tensors, (0.1, 0.2, 0.3)).numpy()
    mean = context_mean_fill(*tensors).numpy()
    for picture, inside, grey, own in zip(target, holes, constant, mean):
        for filled in (grey, own):
            assert np.array_equal(filled[:, ~inside], picture[:, ~inside])
            assert np.ptp(filled[:, inside], axis=1).max() == 0
        assert grey[:, inside][:, 0].tolist() == [0.1, 0.2, 0.3]
        known = [picture[c][~inside].mean() for c in range(3)]
        assert own[:, inside][:, 0] == pytest.approx(known)


def test_context_mean_needs_a_context():
    hole = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)]) > 0
    with pytest.raises(InputError, match="whole held-out picture"):
        context_mean_fill(torch.zeros(2, 3, 4, 4), hole)


def test_metric_through_the_evaluator(rng, hole):
    targets = rng.random((4, 3, 24, 20))
    fillings = np.clip(targets + rng.normal(0, 0.1, targets.shape), 0, 1)
    samples = [sample_of(t, f, hole) for t, f in zip(targets, fillings)]
    evaluator = Evaluator(dict(type="ce_plugin.InpaintingMetrics"))
    evaluator.process(samples[:3])
    evaluator.process(samples[3:])
    figures = evaluator.evaluate(size=4)

    for figure in ("l1", "l2", "psnr", "ssim"):
        each = [
            region_errors(np.where(hole, f, t), t, hole)[figure]
            for t, f in zip(targets, fillings)
        ]
        assert figures[f"inpainting/hole_{figure}"] == pytest.approx(np.mean(each))
    best = max(
        figures["inpainting/constant/hole_psnr"],
        figures["inpainting/context-mean/hole_psnr"],
    )
    gain = figures["inpainting/hole_psnr"] - best
    assert figures["inpainting/psnr_gain"] == pytest.approx(gain)
    assert gain > 0
    assert len(figures) == 13
    assert all(type(value) is float for value in figures.values())


def test_fill_colour_is_the_one_given(hole):
    target = np.full((3, 24, 20), 0.25)
    metric = InpaintingMetrics(fill=(0.25, 0.25, 0.25))
    metric.process(None, [sample_of(target, target, hole).to_dict()])
    figures = metric.evaluate(size=1)
    assert figures["inpainting/constant/hole_l1"] == 0
    assert figures["inpainting/psnr_gain"] == 0


def test_padding_of_the_last_batch_does_not_count(hole):
    target = np.full((3, 24, 20), 0.5)
    metric = InpaintingMetrics()
    good = sample_of(target, target + 0.1, hole).to_dict()
    padded = sample_of(target, target + 0.4, hole).to_dict()
    metric.process(None, [good, padded])
    assert metric.compute_metrics(metric.results[:1])["hole_l1"] == pytest.approx(10)


def test_regions_of_a_center_prediction(hole):
    target = np.full((3, 24, 20), 0.5)
    prediction = np.full((3, 12, 12), 0.6)
    sample = sample_of(target, target + 0.2, hole, prediction).to_dict()
    metric = InpaintingMetrics(regions=("hole", "composite", "prediction"))
    metric.process(None, [sample])
    figures = metric.evaluate(size=1)
    assert figures["inpainting/hole_l1"] == pytest.approx(20)
    assert figures["inpainting/prediction_l1"] == pytest.approx(10)
    share = hole.sum() / hole.size
    assert figures["inpainting/composite_l1"] == pytest.approx(20 * share)


def test_center_window_is_cut_from_the_middle():
    target = np.zeros((3, 32, 32))
    target[:, 8:24, 8:24] = 0.7
    hole = np.zeros((32, 32), bool)
    hole[10:22, 10:22] = True
    prediction = np.full((3, 16, 16), 0.7)
    sample = sample_of(target, target, hole, prediction).to_dict()
    metric = InpaintingMetrics(regions=("hole", "prediction"))
    metric.process(None, [sample])
    assert metric.evaluate(size=1)["inpainting/prediction_l1"] == pytest.approx(0)


def test_half_precision_is_judged_in_full(hole):
    target = np.full((3, 24, 20), 0.5, dtype=np.float32)
    sample = sample_of(target, target, hole).to_dict()
    sample["composite"] = sample["composite"].bfloat16()
    metric = InpaintingMetrics()
    metric.process(None, [sample])
    assert metric.evaluate(size=1)["inpainting/hole_l1"] == 0


@pytest.mark.parametrize(
    "arguments, named",
    [
        (dict(regions=("hole", "ring")), "ring"),
        (dict(regions=("composite",)), "'hole'"),
        (dict(fill=(0.5, 0.5, 2)), "in \\[0, 1\\]"),
        (dict(fill=(0.5,)), "three numbers"),
    ],
)
def test_wrong_arguments_are_named(arguments, named):
    with pytest.raises(InputError, match=named):
        InpaintingMetrics(**arguments)


def test_nothing_to_evaluate_is_named():
    with pytest.raises(InputError, match="nothing to evaluate"):
        InpaintingMetrics().evaluate(size=0)
