"""Losses of cells against loops."""

import math

import pytest
import torch

from ce_plugin.errors import InputError
from ce_plugin.models.targets.compare import (
    cosine_distance,
    cross_entropy,
    info_nce,
    squared_error,
)


def numbers(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).double()


WEIGHT = (numbers(2, 1, 3, 3, seed=9) > 0).double()
COUNTED = [(b, y, x) for b, _, y, x in WEIGHT.nonzero().tolist()]


def test_squared_error_and_cosine():
    a, b = numbers(2, 5, 3, 3), numbers(2, 5, 3, 3, seed=1)
    errors = [((a[n, :, y, x] - b[n, :, y, x]) ** 2).mean() for n, y, x in COUNTED]
    torch.testing.assert_close(squared_error(a, b, WEIGHT), torch.stack(errors).mean())
    unit = [
        (a[n, :, y, x] / a[n, :, y, x].norm() - b[n, :, y, x] / b[n, :, y, x].norm())
        for n, y, x in COUNTED
    ]
    expected = torch.stack([u.square().sum() for u in unit]).mean()
    torch.testing.assert_close(cosine_distance(a, b, WEIGHT), expected)


def test_cross_entropy_of_words_and_shares():
    scores = numbers(2, 5, 3, 3)
    words = torch.randint(0, 5, (2, 3, 3), generator=torch.Generator().manual_seed(2))
    errors = []
    for n, y, x in COUNTED:
        chance = scores[n, :, y, x].exp() / scores[n, :, y, x].exp().sum()
        errors.append(-chance[words[n, y, x]].log())
    expected = torch.stack(errors).mean()
    torch.testing.assert_close(cross_entropy(scores, words, WEIGHT), expected)
    shares = torch.nn.functional.one_hot(words, 5).permute(0, 3, 1, 2).double()
    torch.testing.assert_close(cross_entropy(scores, shares, WEIGHT), expected)


def test_info_nce_by_loops():
    a, b = numbers(2, 5, 3, 3), numbers(2, 5, 3, 3, seed=1)
    unit = torch.nn.functional.normalize
    errors = []
    for n, y, x in COUNTED:
        query = unit(a[n, :, y, x], dim=0)
        cosines = {
            (m, v, w): float(query @ unit(b[m, :, v, w], dim=0)) for m, v, w in COUNTED
        }
        total = sum(math.exp(c / 0.3) for c in cosines.values())
        errors.append(-math.log(math.exp(cosines[n, y, x] / 0.3) / total))
    found = info_nce(a, b, WEIGHT, temperature=0.3)
    assert found.item() == pytest.approx(sum(errors) / len(errors))
    with pytest.raises(InputError, match="larger cells or a smaller batch"):
        info_nce(*[torch.zeros(1, 1, 1, 9000)] * 2, torch.ones(1, 1, 1, 9000))
