"""Changes on the batch against torchvision's of one picture with the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from models.pretext_cases import pictures
from PIL import Image, ImageFilter
from scipy import ndimage
from torchvision.transforms.v2 import functional as F

from ce_plugin.models.jitter import batch, jitter_batch
from ce_plugin.models.jitter.blur import blur, gaussian_kernels
from ce_plugin.structures import COLOUR_ORDERS, JitterDraw

BYTE = 1 / 255


def changed(views: torch.Tensor, *draws: JitterDraw) -> torch.Tensor:
    """By ours, in [0, 1]."""
    return jitter_batch(views, np.array(draws), lambda x: x).div(255)


def blurred(picture: torch.Tensor, sigma: float) -> torch.Tensor:
    """Pillow's, in which lightly blurs; of bytes."""
    whole = F.to_pil_image(picture.mul(255).round().to(torch.uint8))
    return F.to_image(whole.filter(ImageFilter.GaussianBlur(sigma))).float().div(255)


def by_torchvision(picture: torch.Tensor, draw: JitterDraw) -> torch.Tensor:
    """One float picture in [0, 1], step by step."""
    steps = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
    if draw.flip:
        picture = F.hflip(picture)
    for kind in COLOUR_ORDERS[int(draw.order)]:
        picture = steps[kind](picture, draw[2 + kind])
    if draw.grey:
        picture = F.rgb_to_grayscale(picture, 3)
    if draw.solarize_first and draw.solarize < 256:
        picture = F.solarize(picture, (draw.solarize - 0.5) / 255)
    if draw.sigma:
        picture = blurred(picture, draw.sigma)
    if not draw.solarize_first and draw.solarize < 256:
        picture = F.solarize(picture, (draw.solarize - 0.5) / 255)
    return picture


SINGLE = {
    "nothing": JitterDraw(),
    "flip": JitterDraw(flip=1),
    "dark": JitterDraw(brightness=0.3),
    "bright": JitterDraw(brightness=1.7),
    "flat": JitterDraw(contrast=0.2),
    "contrast": JitterDraw(contrast=1.8),
    "pale": JitterDraw(saturation=0.1),
    "saturated": JitterDraw(saturation=1.9),
    "hue": JitterDraw(hue=0.2),
    "hue back": JitterDraw(hue=-0.5),
    "grey": JitterDraw(grey=1),
    "blur": JitterDraw(sigma=1.9),
    "a little blur": JitterDraw(sigma=0.6),
    "solarized": JitterDraw(solarize=128),
    "solarized first": JitterDraw(solarize=100, solarize_first=1, sigma=1.5),
}


@pytest.mark.parametrize("name", SINGLE)
def test_each_change_is_torchvisions_of_a_blur_pillows(name):
    views = pictures(3, 0, 40)
    # Also what has no hue, no chroma or is at an end of the range.
    views[0, :, :8] = views[0, :1, :8]
    views[1, 0, :8], views[1, :, 8:16] = 255, 0
    draw = SINGLE[name]
    found = changed(views, *[draw] * 3)
    for view, ours in zip(views, found):
        apart = (ours - by_torchvision(view.float().div(255), draw)).abs()
        assert apart.max() < most(draw) and apart.mean() < BYTE
        if name != "nothing":
            assert (ours - view.float().div(255)).abs().max() > 4 * BYTE


def most(draw: JitterDraw) -> float:
    """Pillow's blur rounds to bytes six times, and repeats the edge before each."""
    return (4 if draw.sigma else 1) * BYTE


def drawn(count: int, seed: int) -> list[JitterDraw]:
    """Nearly everything at once, in all orders; a threshold makes much of rounding."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        factors = rng.uniform(0.3, 1.7, 3)
        made.append(
            JitterDraw(
                flip=rng.integers(2),
                order=number % len(COLOUR_ORDERS),
                brightness=factors[0],
                contrast=factors[1],
                saturation=factors[2],
                hue=rng.uniform(-0.5, 0.5) * (rng.random() < 0.8),
                grey=float(rng.random() < 0.2),
                sigma=rng.uniform(0.3, 2) * (rng.random() < 0.5),
            )
        )
    return made


@pytest.mark.parametrize("chunk", [1, 5 * 3 * 24**2, 2**30])
def test_a_batch_is_its_pictures_one_by_one_in_the_order_they_came(chunk, monkeypatch):
    """Whatever is put together in a chunk."""
    monkeypatch.setattr(batch, "_CPU_CHUNK", chunk)
    draws = drawn(48, 0)
    views = pictures(48, 1, 24)
    found = changed(views, *draws)
    for view, draw, ours in zip(views, draws, found):
        apart = (ours - by_torchvision(view.float().div(255), draw)).abs()
        assert apart.max() < most(draw) and apart.mean() < BYTE, draw


@pytest.mark.parametrize("sigma", [0.1, 0.3, 0.7, 1.0, 1.4, 1.5, 2.0, 5.0])
def test_kernels_are_pillows_and_have_the_variance_of_the_gaussian(sigma):
    kernel = gaussian_kernels(np.array([sigma, 0.05]))[0]
    radius = len(kernel) // 2
    places = np.arange(-radius, radius + 1)
    assert kernel.sum() == pytest.approx(1) and kernel == pytest.approx(kernel[::-1])
    assert kernel @ places**2 == pytest.approx(sigma**2, rel=0.02)
    line = np.zeros((1, 101), np.uint8)
    line[0, 50] = 255
    pillow = ImageFilter.GaussianBlur(sigma)
    theirs = np.asarray(Image.fromarray(line).filter(pillow))[0, 50 + places]
    assert np.abs(255 * kernel - theirs).max() <= 1.5


def test_the_blur_convolves_rows_and_columns():
    views = pictures(3, 0, 24).float()
    sigma = np.array([0.4, 2.0, 1.0])
    found = blur(views, torch.from_numpy(gaussian_kernels(sigma)).float())
    for view, width, ours in zip(views, sigma, found):
        theirs = view.double().numpy()
        for axis in (1, 2):
            kernel = gaussian_kernels(width[None])[0]
            theirs = ndimage.convolve1d(theirs, kernel, axis, mode="nearest")
        assert np.abs(ours.numpy() - theirs).max() < 0.2
