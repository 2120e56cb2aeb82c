"""Nearest neighbours against loops."""

import numpy as np
import pytest
import torch

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.average_precision import average_precision
from ce_plugin.evaluation.probes.classes import choose_classes
from ce_plugin.evaluation.probes.knn import WeightedKNN, neighbour_votes


def slow_votes(train, targets, test, k, temperature):
    out = []
    for query in test:
        similar = [
            float(query @ x) / (np.linalg.norm(query) * np.linalg.norm(x))
            for x in train
        ]
        nearest = sorted(range(len(train)), key=lambda i: -similar[i])[:k]
        weights = np.exp([similar[i] / temperature for i in nearest])
        out.append(
            sum(w * targets[i] for w, i in zip(weights, nearest)) / weights.sum()
        )
    return np.array(out)


def vectors(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(40, 8)), rng.normal(size=(15, 8)), rng


@pytest.mark.parametrize("k", [1, 5, 40])
@pytest.mark.parametrize("chunk", [1, 4, 256])
def test_votes(k, chunk):
    train, test, rng = vectors()
    several = (rng.random((40, 3)) < 0.5).astype(float)
    found = neighbour_votes(train, several, test, k, 0.2, chunk)
    wanted = slow_votes(train, several, test, k, 0.2)
    np.testing.assert_allclose(found, wanted, atol=1e-5)

    single = np.concatenate([np.arange(4), rng.integers(0, 4, 36)])
    found = neighbour_votes(train, single, test, k, 0.2, chunk)
    wanted = slow_votes(train, np.eye(4)[single], test, k, 0.2)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_top1_and_map():
    train, test, rng = vectors()
    single, truth = rng.integers(0, 4, 40), rng.integers(0, 4, 15)
    knn = WeightedKNN(neighbours=(5, 1000), temperature=0.2)
    found = knn.evaluate(train, single, test, truth)
    votes = slow_votes(train, np.eye(4)[single], test, 5, 0.2)
    top1 = 100 * np.mean(votes.argmax(1) == truth)
    assert found["neighbours"]["5"]["top1"] == pytest.approx(top1)
    assert found["left_out"] == {"1000": "40 training pictures"}

    labels, judged = rng.choice([1, 0, -1], (40, 2)), rng.choice([1, 0, -1], (15, 2))
    choice = choose_classes(labels, judged, ["cat", "dog"])
    found = knn.evaluate(train, labels, test, judged, choice)["neighbours"]["5"]
    votes = slow_votes(train, labels == 1, test, 5, 0.2)
    aps = [100 * average_precision(votes[:, c], judged[:, c]) for c in range(2)]
    assert found["map"] == pytest.approx(np.mean(aps), abs=0.01)
    assert found["per_class"]["dog"]["ap"] == pytest.approx(aps[1], abs=0.01)


def test_global_random_state_has_no_part_in_it():
    train, test, rng = vectors()
    labels = rng.integers(0, 3, 40)
    torch.manual_seed(1)
    first = neighbour_votes(train, labels, test, 5)
    torch.manual_seed(2)
    assert np.array_equal(first, neighbour_votes(train, labels, test, 5))


def test_mistakes():
    train, test, _ = vectors()
    labels = np.zeros(40, int)
    with pytest.raises(InputError, match="k is 1 to 40"):
        neighbour_votes(train, labels, test, 41)
    with pytest.raises(InputError, match="temperature is above 0"):
        neighbour_votes(train, labels, test, 5, 0.0)
    with pytest.raises(InputError, match="none of k = 50"):
        WeightedKNN((50,)).evaluate(train, labels, test, np.zeros(15, int))
