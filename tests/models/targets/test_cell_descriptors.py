"""Gradients, words and bags against slow ways of computing them."""

import math

import numpy as np
import pytest
import torch
from models.targets.cases import pictures

from ce_plugin.errors import InputError
from ce_plugin.models.targets import BagOfWords, HOGTarget, PixelTarget, VisualWords
from ce_plugin.models.targets.descriptors import (
    GREY,
    describe_cells,
    glyphs,
    gradient_histograms,
)


def slow_histograms(picture, cell, bins, block, floor):
    """Pixel by pixel, from a (H, W) array."""
    height, width = picture.shape
    rows, columns = height // cell, width // cell
    cells = np.zeros((rows, columns, bins))
    for y in range(height):
        for x in range(width):
            left, right = picture[y, max(x - 1, 0)], picture[y, min(x + 1, width - 1)]
            up, down = picture[max(y - 1, 0), x], picture[min(y + 1, height - 1), x]
            dx, dy = right - left, down - up
            angle = math.atan2(dy, dx) % math.pi
            index = int(angle / math.pi * bins) % bins
            strength = math.hypot(dx, dy) / cell**2
            if y < rows * cell and x < columns * cell:
                cells[y // cell, x // cell, index] += strength
    result = np.zeros_like(cells)
    reach = block // 2
    for r in range(rows):
        for c in range(columns):
            near = cells[
                max(r - reach, 0) : r + reach + 1, max(c - reach, 0) : c + reach + 1
            ]
            energy = (near**2).sum(axis=-1).mean()
            result[r, c] = cells[r, c] / (math.sqrt(energy) + floor)
    return result


@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("colour", [False, True])
def test_histograms_are_those_counted_pixel_by_pixel(block, colour):
    batch = pictures(2, size=24).double()
    found = gradient_histograms(batch, 8, 9, block, 0.02, colour)
    for picture, described in zip(batch, found):
        if colour:
            channels = list(picture.numpy())
        else:
            channels = [np.tensordot(GREY, picture.numpy(), axes=1)]
        slow = [slow_histograms(c, 8, 9, block, 0.02) for c in channels]
        expected = np.concatenate(slow, axis=-1).transpose(2, 0, 1)
        # A gradient on the border of two bins may fall to either side.
        np.testing.assert_allclose(described.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("degrees", [10, 50, 90, 130, 170])
def test_an_edge_falls_into_the_bin_of_its_direction(degrees):
    angle = math.radians(degrees)
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    ramp = (x * math.cos(angle) + y * math.sin(angle)) / 60 + 0.5
    found = gradient_histograms(ramp.expand(1, 3, 16, 16), 16, 9)[0, :, 0, 0]
    assert found.argmax() == degrees // 20
    # Seen as a picture, the edge stands across.
    line = glyphs(9, 15)[found.argmax()]
    along = (round(7 + 5 * math.cos(angle)), round(7 - 5 * math.sin(angle)))
    across = (round(7 + 5 * math.sin(angle)), round(7 + 5 * math.cos(angle)))
    assert line[along] > line[across]


def test_flat_cells_are_near_nothing():
    flat = torch.full((1, 3, 16, 16), 0.4)
    noisy = flat + 1e-4 * torch.randn(flat.shape, generator=torch.Generator())
    assert gradient_histograms(flat, 8, 9).abs().max() == 0
    assert gradient_histograms(noisy, 8, 9).abs().max() < 0.05


def test_a_hog_target_takes_brightness_and_contrast_lightly():
    target, batch = HOGTarget(cell=8, floor=1e-6), pictures(2)
    torch.testing.assert_close(
        target(batch * 0.5 + 0.2), target(batch), atol=2e-3, rtol=0
    )


def test_colours_stand_behind_the_gradients():
    batch = pictures(2, size=32)
    found = describe_cells(batch, 8, 9, colour_weight=2.0)
    assert found.shape == (2, 12, 4, 4)
    mean = batch[1, :, 8:16, 24:32].mean(dim=(1, 2))
    torch.testing.assert_close(found[1, 9:, 1, 3], 2 * mean)


def test_normalised_pixels_have_mean_0_and_deviation_1():
    batch = pictures(2)
    cells = PixelTarget(8)(batch)
    torch.testing.assert_close(
        cells.mean(dim=1), torch.zeros(2, 8, 8), atol=1e-5, rtol=0
    )
    assert (cells.std(dim=1) - 1).abs().max() < 0.1
    plain = PixelTarget(8, normalized=False)
    torch.testing.assert_close(plain.show(plain(batch), (64, 64)), batch)


def fitted(**options) -> VisualWords:
    words = VisualWords(cell=8, words=10, **options)
    words.fit([pictures(12, 3), pictures(12, 4)], seed=5)
    return words


def test_cells_are_white_and_go_to_the_nearest_word():
    words = fitted(ridge=1e-9)
    batches = [pictures(12, 3), pictures(12, 4)]
    white = torch.cat([words.describe(b).flatten(0, 2) for b in batches]).double()
    covariance = white.T @ white / len(white)
    torch.testing.assert_close(
        covariance, torch.eye(12, dtype=torch.double), atol=2e-2, rtol=0
    )
    found, described = words(pictures(2)), words.describe(pictures(2))
    for b, row, column in [(0, 0, 0), (1, 3, 7), (1, 7, 2)]:
        far = (described[b, row, column] - words.centres).square().sum(dim=1)
        assert found[b, row, column] == far.argmin()


def test_the_centres_are_k_means_of_the_white_cells():
    words = fitted()
    batches = [pictures(12, 3), pictures(12, 4)]
    white = torch.cat([words.describe(b).flatten(0, 2) for b in batches])
    inertia = torch.cdist(white, words.centres).square().min(dim=1).values.mean()
    random = white[torch.randperm(len(white), generator=torch.Generator())[:10]]
    assert inertia < torch.cdist(white, random).square().min(dim=1).values.mean()
    drawn = fitted(vocabulary="random")
    assert inertia < torch.cdist(white, drawn.centres).square().min(dim=1).values.mean()


def test_soft_shares_by_hand():
    words = fitted(softness=0.5)
    shares, described = words(pictures(2)), words.describe(pictures(2))
    far = (described[..., None, :] - words.centres).square().sum(dim=-1)
    expected = (-far / (0.5 * far.mean())).softmax(dim=-1).permute(0, 3, 1, 2)
    torch.testing.assert_close(shares, expected, atol=1e-5, rtol=1e-4)


def test_a_word_looks_like_the_mean_of_its_cells():
    words = fitted()
    batches = torch.cat([pictures(12, 3), pictures(12, 4)])
    found = words(batches)
    word = found.flatten().mode().values
    cells = [
        batches[b, :, 8 * r : 8 * r + 8, 8 * c : 8 * c + 8]
        for b, r, c in (found == word).nonzero()
    ]
    torch.testing.assert_close(words.looks[word], torch.stack(cells).mean(dim=0))


def test_a_bag_counts_words():
    words = fitted()
    found, bag = words(pictures(3)), BagOfWords(words)(pictures(3))
    for numbers, shares in zip(found, bag):
        counts = np.bincount(numbers.flatten(), minlength=10)
        np.testing.assert_allclose(shares, counts / counts.sum(), rtol=1e-6)
    rooted = BagOfWords(words, root=True)(pictures(3))
    root = np.sqrt(np.bincount(found[0].flatten(), minlength=10))
    np.testing.assert_allclose(rooted[0], root / root.sum(), rtol=1e-6)
    # A shared vocabulary is in the checkpoint once.
    assert not BagOfWords(words).state_dict()


def test_mistakes_are_named():
    with pytest.raises(InputError, match="fewer than 300 words"):
        VisualWords(words=300).fit([pictures(2)], seed=0)
    with pytest.raises(InputError, match=r"300 words cannot be .* from 200 cells"):
        VisualWords(words=300, most_cells=200)
    with pytest.raises(InputError, match="vocabulary is one of"):
        VisualWords(vocabulary="french")
    for descriptor, said in (
        (torch.nn.Identity(), "Identity, which is no target"),
        (dict(type="AveragedTeacher"), "AveragedTeacher follows the encoder"),
        (VisualWords(), "VisualWords is no descriptor"),
    ):
        with pytest.raises(InputError, match=said):
            VisualWords(descriptor=descriptor)
    with pytest.raises(InputError, match="do not divide into cells of 7 px"):
        HOGTarget(cell=7)(pictures(1))
    with pytest.raises(InputError, match="block is odd"):
        HOGTarget(block=2)
    with pytest.raises(InputError, match="words is a VisualWords"):
        BagOfWords(dict(type="HOGTarget"))
