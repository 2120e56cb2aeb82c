import math

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from skimage.metrics import structural_similarity

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.batch_errors import _AT_ONCE as sizes
from ce_plugin.evaluation.metrics.batch_errors import batch_errors
from ce_plugin.evaluation.metrics.inpainting import InpaintingMetrics
from ce_plugin.evaluation.metrics.region_errors import PSNR_CAP, region_errors
from ce_plugin.evaluation.metrics.trivial_fills import constant_fill, context_mean_fill
from ce_plugin.structures import PretextSample


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def hole():
    mask = np.zeros((24, 20), dtype=bool)
    mask[5:15, 3:12] = True
    return mask


def sample_of(target, filled, hole, prediction=None):
    sample = PretextSample(
        target=torch.from_numpy(target),
        composite=torch.from_numpy(np.where(hole, filled, target)),
        mask=torch.from_numpy(hole)[None],
    )
    if prediction is not None:
        sample.prediction = torch.from_numpy(prediction)
    return sample


@pytest.mark.parametrize("sign", [1, -1])
def test_constant_error_of_a_tenth(hole, sign):
    target = np.full((3, 24, 20), 0.5)
    errors = region_errors(target + sign * 0.1, target, hole)
    assert errors["l1"] == pytest.approx(10)
    assert errors["l2"] == pytest.approx(1)
    assert errors["psnr"] == pytest.approx(20)
    # On flat pictures only the luminance term of SSIM is left.
    a, b, c1 = 0.5 + sign * 0.1, 0.5, 0.01**2
    assert errors["ssim"] == pytest.approx((2 * a * b + c1) / (a * a + b * b + c1))


def test_equal_pictures_are_capped(rng, hole):
    target = rng.random((3, 24, 20))
    errors = region_errors(target, target, hole)
    assert errors == pytest.approx(dict(l1=0, l2=0, psnr=PSNR_CAP, ssim=1))


def test_only_the_region_counts(rng, hole):
    target = rng.random((3, 24, 20))
    wrong_outside = np.where(hole, target, 1 - target)
    errors = region_errors(wrong_outside, target, hole)
    assert errors["l1"] == errors["l2"] == 0


def test_values_are_clipped(hole):
    ones = np.ones((3, 24, 20))
    assert region_errors(3 * ones, ones, hole)["l1"] == 0
    assert region_errors(-ones, ones, hole)["l1"] == pytest.approx(100)


def slow_errors(image, target, hole):
    """Pixel by pixel, SSIM window by window, with mirrored borders."""
    offsets = range(-5, 6)
    weight = {d: math.exp(-(d**2) / (2 * 1.5**2)) for d in offsets}
    total = sum(weight.values())
    height, width = hole.shape

    def mirrored(i, n):
        return -i - 1 if i < 0 else 2 * n - 1 - i if i >= n else i

    absolute, squares, similar = [], [], []
    for c in range(3):
        for y, x in np.argwhere(hole):
            difference = image[c, y, x] - target[c, y, x]
            absolute.append(abs(difference))
            squares.append(difference**2)
            sums = np.zeros(5)
            for dy in offsets:
                for dx in offsets:
                    place = c, mirrored(y + dy, height), mirrored(x + dx, width)
                    a, b = image[place], target[place]
                    w = weight[dy] * weight[dx] / total**2
                    sums += w * np.array([a, b, a * a, b * b, a * b])
            ma, mb, aa, bb, ab = sums
            c1, c2 = 0.01**2, 0.03**2
            top = (2 * ma * mb + c1) * (2 * (ab - ma * mb) + c2)
            bottom = (ma**2 + mb**2 + c1) * (aa - ma**2 + bb - mb**2 + c2)
            similar.append(top / bottom)
    mse = sum(squares) / len(squares)
    return dict(
        l1=100 * sum(absolute) / len(absolute),
        l2=100 * mse,
        psnr=10 * math.log10(1 / mse),
        ssim=sum(similar) / len(similar),
    )


def test_equals_the_slow_reference(rng):
    target, image = rng.random((2, 3, 16, 14))
    hole = rng.random((16, 14)) < 0.3
    expected = slow_errors(image, target, hole)
    assert region_errors(image, target, hole) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("height", [255, 256, 257, 262, 300, 520])
def test_strips_are_not_seen(height):
    """SSIM is computed in strips of 256 rows, and is that of the whole picture."""
    rng = np.random.default_rng(height)
    target = rng.random((3, height, 24))
    image = np.clip(target + rng.normal(0, 0.2, target.shape), 0, 1)
    _, whole = structural_similarity(
        image,
        target,
        channel_axis=0,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    for region in (np.ones((height, 24), bool), rng.random((height, 24)) < 0.1):
        found = region_errors(image, target, region)["ssim"]
        assert found == pytest.approx(whole[:, region].mean(), abs=1e-12)
    last = np.zeros((height, 24), bool)
    last[-1] = True
    found = region_errors(image, target, last)["ssim"]
    assert found == pytest.approx(whole[:, last].mean(), abs=1e-12)


def test_empty_hole_and_tiny_picture_are_named(hole):
    target = np.zeros((3, 24, 20))
    with pytest.raises(InputError, match="without a hole"):
        region_errors(target, target, np.zeros_like(hole))
    with pytest.raises(InputError, match="20 x 8 pixels"):
        region_errors(target[:, :8], target[:, :8], hole[:8])


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


@pytest.mark.parametrize("size", [(11, 11), (40, 33), (64, 64)])
def test_a_batch_has_the_figures_of_its_pictures(rng, size):
    """Each picture's own region: at the border, scattered, one pixel, all."""
    regions = np.zeros((5, *size), bool)
    regions[0, 0, :4] = regions[1, -1, -1] = regions[2] = True
    regions[3] = rng.random(size) < 0.2
    regions[4, 5:9, 2:7] = True
    target = rng.random((5, 3, *size))
    images = dict(
        near=target + rng.normal(0, 0.1, target.shape),
        far=rng.random(target.shape),
        flat=np.full_like(target, 0.3),
        equal=target,
    )
    found = batch_errors(
        {name: torch.from_numpy(image) for name, image in images.items()},
        torch.from_numpy(target),
        torch.from_numpy(regions),
    )
    for name, image in images.items():
        each = [region_errors(*row) for row in zip(image, target, regions)]
        for figures, expected in zip(found[name], each, strict=True):
            assert figures == pytest.approx(expected, abs=1e-9), name


def test_a_batch_taken_apart_has_the_same_figures(rng, monkeypatch):
    target, image = torch.from_numpy(rng.random((2, 5, 3, 24, 20)))
    region = torch.from_numpy(rng.random((5, 24, 20)) < 0.3)
    whole = batch_errors(dict(x=image), target, region)["x"]
    monkeypatch.setitem(sizes, "cpu", 2 * target[0].numel())
    parts = batch_errors(dict(x=image), target, region)["x"]
    assert len(parts) == 5
    for one, other in zip(parts, whole):
        assert one == pytest.approx(other, abs=1e-12)


def test_an_empty_hole_of_a_batch_is_named(hole):
    holes = torch.from_numpy(np.stack([hole, np.zeros_like(hole)]))
    pictures = torch.zeros(2, 3, 24, 20)
    with pytest.raises(InputError, match="without a hole"):
        batch_errors(dict(x=pictures), pictures, holes)
    with pytest.raises(InputError, match="20 x 8 pixels"):
        batch_errors(dict(x=pictures), pictures[:, :, :8], holes[:1, :8])


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
