"""Jigsaw: permutations far apart, tiles inside their cells, features in order."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import RESNET, plain
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.models.draws import below, fresh_keys
from ce_plugin.models.pretexts import Jigsaw
from ce_plugin.models.pretexts.permutations import distant_permutations
from ce_plugin.structures import PretextSample


def jigsaw(**kwargs):
    narrow = dict(permutations=6, tile_channels=8, hidden_channels=16)
    return build_model(dict(type="Jigsaw", backbone=RESNET) | narrow | kwargs)


def coordinates(side, n=1):
    """Pictures whose channels are the row, the column and the picture's number."""
    rows = torch.arange(side).float()
    which = torch.arange(n).float()[:, None, None].expand(n, side, side)
    return torch.stack(
        [
            rows[:, None].expand(n, side, side),
            rows.expand(n, side, side),
            which,
        ],
        dim=1,
    )


def slow_permutations(count, length):
    """The same rule, read off the docstring."""
    every, chosen = list(permutations(range(length))), []
    for _ in range(count):

        def rank(p):
            apart = [sum(a != b for a, b in zip(p, c)) for c in chosen]
            return (min(apart, default=0), sum(apart))

        chosen.append(max(every, key=rank))
    return chosen


@pytest.mark.parametrize(("count", "length"), [(12, 4), (24, 4), (30, 5)])
def test_permutations_against_a_slow_search(count, length):
    found = [tuple(p) for p in distant_permutations(count, length).tolist()]
    assert found == slow_permutations(count, length)


def test_distances_of_a_hundred_permutations():
    found = distant_permutations(100)
    assert found.shape == (100, 9)
    assert np.array_equal(np.sort(found, axis=1), np.tile(np.arange(9), (100, 1)))
    apart = (found[:, None] != found[None]).sum(-1)[np.triu_indices(100, 1)]
    assert apart.min() == 6 and apart.mean() > 8
    # Nine that differ everywhere: no larger set does.
    first = (found[:9, None] != found[None, :9]).sum(-1)[np.triu_indices(9, 1)]
    assert first.min() == 9
    assert np.array_equal(distant_permutations(20), found[:20])


def test_the_orders_travel_with_the_checkpoint():
    assert torch.equal(
        jigsaw().state_dict()["orders"], torch.tensor(distant_permutations(6))
    )


@pytest.mark.parametrize(("side", "tile"), [(225, 64), (96, 27), (227, 64)])
def test_tiles_lie_in_their_cells_anywhere(side, tile):
    torch.manual_seed(0)
    pictures, cell = coordinates(side, 4), side // 3
    seen = [set() for _ in range(9)]
    for _ in range(30):
        tiles = Jigsaw.cut(pictures, fresh_keys(4))
        assert tiles.shape == (4, 9, 3, tile, tile)
        for b in range(4):
            for i in range(9):
                top, left, which = tiles[b, i, :, 0, 0].int().tolist()
                assert which == b
                assert i // 3 * cell <= top and top + tile <= (i // 3 + 1) * cell
                assert i % 3 * cell <= left and left + tile <= (i % 3 + 1) * cell
                expected = pictures[b, :, top : top + tile, left : left + tile]
                assert torch.equal(tiles[b, i], expected)
                seen[i].add(top - i // 3 * cell)
    room = set(range(cell - tile + 1))
    assert all(shifts == room for shifts in seen)


def test_without_drawing_tiles_are_in_the_middle():
    tiles = Jigsaw.cut(coordinates(225))
    assert tiles[0, 4, :2, 0, 0].tolist() == [80, 80]


def test_a_tiles_brightness_and_contrast_are_gone():
    generator = torch.Generator().manual_seed(0)
    tiles = torch.rand(2, 9, 3, 12, 12, generator=generator)
    normal = Jigsaw.normalize(50 * tiles + 7)
    assert normal.mean((-2, -1)).abs().max() < 1e-4
    assert (normal.std((-2, -1), correction=0) - 1).abs().max() < 2e-3
    brighter = Jigsaw.normalize(100 * tiles - 3)
    assert torch.allclose(normal, brighter, atol=2e-3)
    flat = torch.full((1, 1, 3, 8, 8), 0.7)
    assert Jigsaw.normalize(flat).abs().max() < 1e-3


def test_the_loss_is_that_of_tiles_put_into_order():
    model = jigsaw().eval()
    inputs = model.data_preprocessor(plain(5, 0))["inputs"]
    keys = torch.arange(5)
    losses = model.loss(inputs, PretextSample(key=keys))
    tiles = Jigsaw.cut(inputs, keys)
    labels = below(keys, (), stream=1, limit=6)
    each, hits = [], []
    for picture, label in zip(tiles, labels.tolist()):
        shuffled = [picture[i] for i in model.orders[label].tolist()]
        features = []
        for tile in shuffled:
            mean = tile.mean((1, 2), keepdim=True)
            std = tile.std((1, 2), correction=0, keepdim=True)
            x = model.backbone(((tile - mean) / (std + 0.01))[None])[-1]
            features.append(model.reduce(x.mean((2, 3))))
        scores = model.head(torch.cat(features, 1))[0]
        each.append(-F.log_softmax(scores, 0)[label].item())
        hits.append(float(scores.argmax() == label))
    assert losses["loss_jigsaw"].item() == pytest.approx(sum(each) / 5, rel=1e-4)
    assert losses["accuracy"].item() == pytest.approx(sum(hits) / 5)


def test_without_knowledge_the_loss_is_the_log_of_their_number():
    model = jigsaw().train()
    torch.nn.init.zeros_(model.head[-1].weight)
    torch.nn.init.zeros_(model.head[-1].bias)
    loss = model.loss(model.data_preprocessor(plain(4, 0))["inputs"])["loss_jigsaw"]
    assert loss.item() == pytest.approx(math.log(6))


def test_predictions_are_scores_that_stay_the_same():
    model, data = jigsaw().eval(), plain(3, 0)
    one, two = model.test_step(data), model.test_step(data)
    assert [tuple(sample.scores.shape) for sample in one] == [(6,)] * 3
    assert all(torch.equal(a.scores, b.scores) for a, b in zip(one, two))


def test_bad_input():
    with pytest.raises(InputError, match="from 2 to 362880"):
        jigsaw(permutations=1)
    with pytest.raises(InputError, match="at least 6 pixels"):
        jigsaw().loss(torch.zeros(1, 3, 5, 5))
