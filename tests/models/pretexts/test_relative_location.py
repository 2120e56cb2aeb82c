"""Relative location: pairs of the centre and each neighbour."""

import math

import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import RESNET, pictures
from tiny import build_model
from torch import nn

from ce_plugin.errors import InputError


def model_of(**kwargs):
    cfg = dict(type="RelativeLocation", backbone=RESNET, hidden_channels=16)
    return build_model(cfg | kwargs)


def nine(n, seed=0):
    return [pictures(n, seed + i).float() / 64 - 2 for i in range(9)]


def test_the_loss_is_the_mean_over_pairs_with_their_places():
    model, patches = model_of().eval(), nine(3)
    losses, each, hits = model.loss(patches), [], []
    for i in range(3):
        features = [model.embed(view[i : i + 1]) for view in patches]
        for label in range(8):
            scores = model.head(torch.cat([features[0], features[1 + label]], 1))[0]
            each.append(-F.log_softmax(scores, 0)[label].item())
            hits.append(float(scores.argmax() == label))
    loss = losses["loss_location"].item()
    assert loss == pytest.approx(sum(each) / 24, rel=1e-5)
    assert losses["accuracy"].item() == pytest.approx(sum(hits) / 24)


def test_all_places_share_the_statistics_of_one_pass():
    """A place's own mean would be gone if it were normalised by itself."""
    model = model_of().train()
    sizes = []
    norm = next(m for m in model.backbone.modules() if isinstance(m, nn.BatchNorm2d))
    norm.register_forward_hook(lambda m, args, out: sizes.append(len(args[0])))
    model.loss(nine(4))
    assert sizes == [36]


def test_without_knowledge_the_loss_is_log_8():
    model = model_of().train()
    nn.init.zeros_(model.head[-1].weight)
    nn.init.zeros_(model.head[-1].bias)
    assert model.loss(nine(4))["loss_location"].item() == pytest.approx(math.log(8))


def test_scores_are_by_picture_and_neighbour():
    model, patches = model_of().eval(), nine(3)
    samples = model.predict(patches)
    assert [tuple(s.scores.shape) for s in samples] == [(8, 8)] * 3
    pair = [model.embed(patches[i][1:2]) for i in (0, 1 + 5)]
    assert torch.allclose(samples[1].scores[5], model.head(torch.cat(pair, 1))[0])


@pytest.mark.parametrize("wrong", [nine(2)[:8], nine(2)[0]])
def test_other_than_nine_patches_are_refused(wrong):
    with pytest.raises(InputError, match="type='RelativeLocationPatches'"):
        model_of().loss(wrong)
