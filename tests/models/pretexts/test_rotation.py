"""Rotation: four turns against the clock, labelled 0 to 3."""

import math

import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import RESNET, plain
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.models.pretexts import RotationPrediction


def rotation(**kwargs):
    return build_model(dict(type="RotationPrediction", backbone=RESNET) | kwargs)


def test_order_and_labels_of_the_turns():
    pictures = torch.arange(2 * 3 * 5 * 5).view(2, 3, 5, 5)
    turned, labels = RotationPrediction.rotations(pictures)
    assert labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    for number, (picture, label) in enumerate(zip(turned, labels.tolist())):
        source = pictures[number % 2]
        for y in range(5):
            for x in range(5):
                # Where a turn by `label` quarters against the clock takes (y, x).
                to = [(y, x), (4 - x, y), (4 - y, 4 - x), (x, 4 - y)][label]
                assert torch.equal(picture[:, to[0], to[1]], source[:, y, x])


def test_the_loss_is_the_mean_over_all_turns_of_all_pictures():
    model = rotation().eval()
    inputs = model.data_preprocessor(plain(3, 0))["inputs"]
    losses, each, hits = model.loss(inputs), [], []
    for picture in inputs:
        for label in range(4):
            turned = torch.rot90(picture, label, (1, 2))[None]
            scores = model.head(model.backbone(turned)[-1].mean((2, 3)))[0]
            each.append(-F.log_softmax(scores, 0)[label].item())
            hits.append(float(scores.argmax() == label))
    assert losses["loss_rotation"].item() == pytest.approx(sum(each) / 12, rel=1e-5)
    assert losses["accuracy"].item() == pytest.approx(sum(hits) / 12)


def test_without_knowledge_the_loss_is_log_4():
    model = rotation().train()
    torch.nn.init.zeros_(model.head.weight)
    torch.nn.init.zeros_(model.head.bias)
    loss = model.loss(model.data_preprocessor(plain(3, 0))["inputs"])["loss_rotation"]
    assert loss.item() == pytest.approx(math.log(4))


def test_scores_are_of_the_picture_as_it_is():
    model, data = rotation().eval(), plain(2, 0)
    samples = model.test_step(data)
    inputs = model.data_preprocessor(data)["inputs"]
    expected = model.head(model.embed(inputs))
    assert torch.allclose(torch.stack([s.scores for s in samples]), expected)


def test_pictures_that_are_not_square_are_refused():
    with pytest.raises(InputError, match="needs square pictures, got 40x32"):
        rotation().loss(torch.zeros(2, 3, 32, 40))
