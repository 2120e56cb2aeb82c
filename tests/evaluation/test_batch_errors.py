"""The error figures of a batch are those of its pictures one by one."""

import numpy as np
import pytest
import torch

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.batch_errors import _AT_ONCE as sizes
from ce_plugin.evaluation.metrics.batch_errors import batch_errors
from ce_plugin.evaluation.metrics.region_errors import region_errors


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
