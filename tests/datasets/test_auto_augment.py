"""timm's augmentation inside a dataset of this package."""

import random

import numpy as np
import pytest
import torch
from class_folders import make_classes

from ce_plugin.datasets import ImageLabels, TimmAutoAugment
from ce_plugin.errors import InputError

RECIPE = "rand-m6-mstd0.5-inc1"


def test_what_it_draws_belongs_to_the_sample(tmp_path):
    """timm draws from Python's and numpy's generators; both are seeded."""
    root = make_classes(tmp_path, train=2)
    augment = dict(type="TimmAutoAugment", recipe=RECIPE)
    data = ImageLabels(root, transforms=[augment])
    first = [data[0, draw]["inputs"] for draw in range(8)]
    again = [data[0, draw]["inputs"] for draw in reversed(range(8))][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, again))
    plain = ImageLabels(root)[0]["inputs"]
    changed = [not torch.equal(picture, plain) for picture in first]
    assert sum(changed) >= 4
    assert len({picture.float().mean().item() for picture in first}) >= 4
    assert all(p.shape == plain.shape and p.dtype == torch.uint8 for p in first)


def test_what_comes_into_the_picture_has_the_colour_asked_for():
    """Magnitude 10 without deviation: some draws shift, turn or shear by a lot."""
    white = torch.full((3, 40, 40), 255, dtype=torch.uint8)
    augment = TimmAutoAugment("rand-m10-n1", fill=(7, 8, 9))
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    found = set()
    for _ in range(60):
        corners = augment(white)[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        found |= {tuple(corner) for corner in corners.T.tolist()}
    assert (7, 8, 9) in found


def test_a_recipe_that_timm_does_not_know():
    for recipe in ("rand-q6", "nonsense"):
        with pytest.raises(InputError, match="timm knows no augmentation"):
            TimmAutoAugment(recipe)
