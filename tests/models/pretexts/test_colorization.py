"""Colorization: grey in, weighed colour bins out, colours in predictions."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import RESNET, pictures, plain
from skimage.color import rgb2lab
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.pages.run.panel import panel


def colorization(**kwargs):
    cfg = dict(type="Colorization", backbone=RESNET, channels=8)
    return build_model(cfg | kwargs)


def test_the_encoder_sees_lightness_alone():
    model, data = colorization().eval(), plain(3, 0)
    inputs = model.data_preprocessor(data)["inputs"]
    seen = []
    model.backbone.register_forward_pre_hook(lambda m, args: seen.append(args[0]))
    model.loss(inputs)
    grey = model.data_preprocessor.to_unit(seen[0])
    for picture, shown in zip(data["inputs"], grey):
        lightness = rgb2lab(picture.numpy(), channel_axis=0)[0] / 100
        for channel in shown:
            assert np.allclose(channel.numpy(), lightness, atol=1e-4)


@pytest.mark.parametrize("size", [32, 64])
def test_scores_are_at_a_quarter_of_the_resolution(size):
    model = colorization().eval()
    assert model.scores(torch.zeros(1, 3, size, size)).shape[1:] == (
        261,
        size // 4,
        size // 4,
    )


def test_the_loss_is_the_weighed_cross_entropy_of_mean_colours():
    model, data = colorization().train(), plain(2, 0)
    inputs = model.data_preprocessor(data)["inputs"]
    loss = model.loss(inputs)["loss_colour"].item()

    # Batch norms use the batch, so that the same pass gives the same scores.
    lab = [rgb2lab(picture.numpy(), channel_axis=0) for picture in data["inputs"]]
    scores = model.scores(model.grey(model.lab(inputs))).detach().double()
    centres = model.bins.centres.double().numpy()
    entropies, classes = [], []
    for i in range(2):
        for y in range(8):
            for x in range(8):
                cell = lab[i][1:, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4]
                ab = cell.mean((1, 2))
                bin_ = int(((centres - ab) ** 2).sum(1).argmin())
                classes.append(bin_)
                entropies.append(-F.log_softmax(scores[i, :, y, x], 0)[bin_].item())
    # The batch's own colours have been counted before they are weighed.
    counts = np.bincount(classes, minlength=261) / len(classes)
    frequency = 0.99 / 261 + 0.01 * counts
    assert np.allclose(model.bins.frequency.numpy(), frequency, atol=1e-6)
    weights = model.bins.weights().double().numpy()[classes]
    assert loss == pytest.approx(np.mean(weights * entropies), rel=1e-4)


def test_evaluation_counts_no_colours():
    model = colorization().eval()
    before = model.bins.frequency.clone()
    model.loss(model.data_preprocessor(plain(2, 0))["inputs"])
    assert torch.equal(model.bins.frequency, before)


def test_without_knowledge_the_loss_is_about_the_log_of_the_bins():
    model = colorization(rebalance=1.0).train()
    torch.nn.init.zeros_(model.head[-1].weight)
    torch.nn.init.zeros_(model.head[-1].bias)
    loss = model.loss(model.data_preprocessor(plain(3, 0))["inputs"])["loss_colour"]
    assert loss.item() == pytest.approx(math.log(261), rel=1e-5)


def test_predictions_are_coloured_pictures():
    model, data = colorization().eval(), plain(3, 0)
    samples = model.test_step(data)
    for sample, picture in zip(samples, data["inputs"].float() / 255):
        assert torch.allclose(sample.target, picture, atol=1e-6)
        assert torch.equal(sample.composite, sample.prediction)
        assert sample.prediction.shape == picture.shape
        assert sample.prediction.min() >= 0 and sample.prediction.max() <= 1
        red, green, blue = sample.input
        assert torch.allclose(red, green, atol=1e-5)
        assert torch.allclose(red, blue, atol=1e-5)
        assert not sample.mask.any()
    assert panel(samples).ndim == 3


def test_a_network_that_knows_the_colour_gives_it_back():
    model = colorization().eval()
    picture = torch.tensor([180, 90, 60], dtype=torch.uint8).view(1, 3, 1, 1)
    data = plain(1, 0) | dict(inputs=picture.expand(1, 3, 32, 32))
    lab = model.lab(model.data_preprocessor(data)["inputs"])
    torch.nn.init.zeros_(model.head[-1].weight)
    with torch.no_grad():
        model.head[-1].bias.fill_(-100.0)
        model.head[-1].bias[model.bins.classify(lab[:, 1:])[0, 0, 0]] = 100.0
    sample = model.test_step(data)[0]
    # Its bin is at most 5 away in a and b.
    found = rgb2lab(sample.prediction.double().numpy(), channel_axis=0)
    assert np.abs(found - lab[0].numpy()).max() <= 5.1


def test_mixed_precision_leaves_the_colours_alone():
    model = colorization()
    inputs = model.data_preprocessor(dict(inputs=pictures(2, 0)))["inputs"]
    expected = model.lab(inputs)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(model.lab(inputs), expected)


@pytest.mark.parametrize("wrong", [dict(rebalance=0), dict(temperature=1.5)])
def test_bad_arguments(wrong):
    with pytest.raises(InputError, match="above 0 and at most 1"):
        colorization(**wrong)
