"""Lab against skimage, and its bins of colours."""

import warnings

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab

from ce_plugin.models.color.bins import ColourBins, colours_in_gamut
from ce_plugin.models.color.lab import lab_to_rgb, rgb_to_lab


def cube(steps=17):
    """All of sRGB on a grid, (3, steps^3, 1), double."""
    values = torch.linspace(0, 1, steps, dtype=torch.float64)
    return torch.cartesian_prod(values, values, values).T[..., None]


def skimage_lab(pictures):
    return torch.from_numpy(rgb2lab(pictures.numpy(), channel_axis=0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rgb_to_lab_is_skimages(dtype):
    # skimage rounds the constants of the dark end to four digits.
    assert torch.allclose(
        rgb_to_lab(cube().to(dtype)).double(), skimage_lab(cube()), atol=1e-3
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lab_to_rgb_is_skimages(dtype):
    lab = rgb_to_lab(cube())
    with warnings.catch_warnings():
        # Rounding alone leaves the cube by 1e-17.
        warnings.simplefilter("ignore", UserWarning)
        expected = torch.from_numpy(lab2rgb(lab.numpy(), channel_axis=0))
    assert torch.allclose(lab_to_rgb(lab.to(dtype)).double(), expected, atol=1e-4)
    assert torch.allclose(lab_to_rgb(lab.to(dtype)).double(), cube(), atol=2e-5)


def test_batches_are_pictures_one_by_one():
    batch = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    for convert in (rgb_to_lab, lab_to_rgb):
        expected = torch.stack([convert(picture) for picture in batch])
        # The last bit of a power depends on where its value lies in memory.
        assert torch.allclose(convert(batch), expected, atol=1e-4)


def test_colours_that_no_screen_has_are_clipped():
    lab = torch.tensor([50.0, -128.0, 127.0]).view(3, 1, 1)
    rgb = lab_to_rgb(lab)
    assert torch.isfinite(rgb).all() and rgb.min() == 0 and rgb.max() <= 1


def test_bins_are_those_that_hold_a_colour():
    bins = colours_in_gamut()
    assert len(bins) == 261
    expected = skimage_lab(cube(64))[1:, :, 0].T.numpy()
    expected = np.unique(10 * np.round(expected / 10), axis=0)
    slow = {tuple(map(float, ab)) for ab in expected}
    ours = {tuple(map(float, ab)) for ab in bins.numpy()}
    # A colour on the border of two bins may be put into either.
    assert len(ours ^ slow) <= 1
    primaries = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]]
    for colour in [*primaries, [0.5, 0.5, 0.5]]:
        ab = rgb_to_lab(torch.tensor(colour).float().view(3, 1, 1))[1:, 0, 0]
        assert tuple((ab / 10).round().mul(10).tolist()) in ours


def test_a_colour_goes_to_its_bin():
    bins = ColourBins()
    generator = torch.Generator().manual_seed(0)
    lab = rgb_to_lab(torch.rand(4, 3, 16, 16, generator=generator))
    found = bins.centres[bins.classify(lab[:, 1:])]
    expected = (lab[:, 1:] / 10).round() * 10
    assert torch.equal(found, expected.permute(0, 2, 3, 1))


def test_a_colour_without_a_bin_goes_to_the_nearest():
    bins = ColourBins()
    far = torch.tensor([[-200.0, 150.0], [110.0, -110.0], [0.0, 120.0]]).T
    found = bins.centres[bins.classify(far[None, :, :, None])[0, :, 0]]
    inside = (far / 10).round().clamp(-12, 12).mul(10).T
    least = torch.cdist(inside, bins.centres).min(1).values
    assert torch.allclose((found - inside).square().sum(1).sqrt(), least)


def test_weights_follow_the_formula():
    bins = ColourBins(mix=0.5, sigma=5.0)
    assert torch.allclose(bins.weights().mean(), torch.tensor(1.0), atol=0.05)
    p = torch.rand(261, generator=torch.Generator().manual_seed(0)).square()
    bins.frequency.copy_(p / p.sum())
    centres = bins.centres.double().numpy()
    frequency = bins.frequency.double().numpy()
    smooth = np.zeros(261)
    for q in range(261):
        near = np.exp(-((centres - centres[q]) ** 2).sum(1) / (2 * 5.0**2))
        smooth += frequency[q] * near / near.sum()
    weights = 1 / (0.5 * smooth + 0.5 / 261)
    weights /= (smooth * weights).sum()
    assert smooth.sum() == pytest.approx(1)
    assert np.allclose(bins.weights().numpy(), weights, rtol=1e-4)
    # All colours alike where nothing but the equal distribution is mixed in.
    bins.mix = 1.0
    assert torch.allclose(bins.weights(), torch.ones(261), atol=1e-5)


def test_rare_colours_weigh_more():
    bins = ColourBins(momentum=0.5)
    grey = bins.classify(torch.zeros(1, 2, 8, 8))
    for _ in range(20):
        bins.count(grey)
    weights = bins.weights()
    assert weights.argmin() == grey[0, 0, 0]
    # Of a colour that never comes: twice the inverse of the equal distribution.
    assert weights.max() / weights.min() > 50


def test_frequencies_are_a_running_mean():
    bins = ColourBins(momentum=0.9)
    classes = torch.tensor([[[0, 0], [5, 7]]])
    expected = torch.full((261,), 0.9 / 261)
    expected[[0, 5, 7]] += torch.tensor([0.05, 0.025, 0.025])
    bins.count(classes)
    assert torch.allclose(bins.frequency, expected)
    assert list(bins.state_dict()) == ["frequency"]


def test_annealed_mean():
    bins = ColourBins()
    logits = torch.full((1, 261, 1, 1), -1e3)
    logits[:, [3, 9]] = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)
    share = 1 / (1 + np.exp(-1 / 0.38))
    expected = share * bins.centres[3] + (1 - share) * bins.centres[9]
    assert torch.allclose(bins.expected(logits, 0.38)[0, :, 0, 0], expected)
