"""The crop of the VOC 2007 protocol against its rule, spelled out."""

import pytest
import torch
import torch.nn.functional as F

from ce_plugin.datasets import VOCRandomSquareCrop
from ce_plugin.errors import InputError


def coordinates(height, width):
    """A picture whose first two channels tell where a pixel was."""
    y = torch.arange(height).view(-1, 1).expand(height, width)
    x = torch.arange(width).view(1, -1).expand(height, width)
    return torch.stack([y, x, torch.zeros_like(x)]).float()


def slow_crop(picture, size, low, high):
    """The rule in the protocol's own words, drawn in the same order."""
    height, width = picture.shape[-2:]
    s_max = min(high, height / size, width / size)
    s = torch.empty(()).uniform_(min(low, s_max), s_max).item()
    side = round(s * size)
    top = torch.randint(0, height - side + 1, ()).item()
    left = torch.randint(0, width - side + 1, ()).item()
    square = torch.empty(3, side, side)
    for i in range(side):
        for j in range(side):
            square[:, i, j] = picture[:, top + i, left + j]
    resized = F.interpolate(square[None], size=(size, size), mode="bilinear")
    return resized[0], (top, left, side)


@pytest.mark.parametrize("shape", [(40, 60), (64, 24), (24, 24), (10, 30), (7, 7)])
def test_against_the_slow_reference(shape):
    crop = VOCRandomSquareCrop(20)
    picture = torch.rand(3, *shape)
    for seed in range(5):
        torch.manual_seed(seed)
        wanted, _ = slow_crop(picture, 20, 0.5, 2.0)
        torch.manual_seed(seed)
        assert torch.allclose(crop(picture), wanted, atol=1e-5)


def test_sides_and_places_of_a_500x375_picture():
    """Method 6.2: sides of 114 to 375 pixels, uniform, the place uniform."""
    picture = coordinates(375, 500)
    crop = VOCRandomSquareCrop(227)
    torch.manual_seed(0)
    sides, across = [], []
    for _ in range(400):
        out = crop(picture)
        # On a ramp, neighbours of the result are side / size apart.
        side = 227 * float(out[1, 0, 120] - out[1, 0, 100]) / 20
        sides.append(side)
        assert abs(227 * float(out[0, 120, 0] - out[0, 100, 0]) / 20 - side) < 0.1
        left = float(out[1, 0, 113]) - (side - 1) / 2
        assert -0.6 < left < 500 - side + 0.6
        across.append(left / (500 - side))
    sides, across = torch.tensor(sides), torch.tensor(across)
    assert 113.4 < sides.min() < 117 and 372 < sides.max() < 375.1
    assert abs(sides.mean() - (113.5 + 375) / 2) < 12
    assert abs(sides.std() - (375 - 113.5) / 12**0.5) < 6
    assert abs(across.mean() - 0.5) < 0.05 and abs(across.std() - 12**-0.5) < 0.03


def test_pictures_smaller_than_the_least_scale():
    crop = VOCRandomSquareCrop(227)
    assert crop.scales(100, 300) == (100 / 227, 100 / 227)
    assert crop.scales(1000, 1000) == (0.5, 2.0)
    picture = torch.zeros(3, 100, 300, dtype=torch.uint8)
    out = crop(picture)
    assert out.shape == (3, 227, 227) and out.dtype == torch.uint8


def test_arguments():
    for options in (dict(size=0), dict(size=2.5), dict(low=0), dict(low=3.0)):
        with pytest.raises(InputError, match="VOCRandomSquareCrop"):
            VOCRandomSquareCrop(**options)
