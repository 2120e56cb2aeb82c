"""Views of which the device makes the better part, beside lightly's own."""

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from ce_plugin.datasets.build import build_transforms
from ce_plugin.datasets.seeding import seeded
from ce_plugin.errors import InputError
from ce_plugin.models.preprocessor import PicturePreprocessor
from ce_plugin.registry import TRANSFORMS
from ce_plugin.structures import JitterDraw, PretextSample

pytest.importorskip("lightly.transforms")

METHODS = ("SimCLR", "MoCoV2", "BYOL", "SimSiam", "VICReg", "SwaV", "DINO", "DenseCL")
OWN = ("SimCLR", "MoCoV2", "BYOL", "VICReg", "SwaV", "DINO")
"""The others have MoCo's."""
COUNT, SIZE = 200, 56
LEAST = 1e-4
"""Probability of a difference by chance: 5 % for one of all the comparisons below."""
BYTES = PicturePreprocessor((0,) * 3, (1,) * 3)


def scene() -> torch.Tensor:
    """One colour, darker on the left, with a fine texture."""
    noise = torch.rand(1, 64, 64, generator=torch.Generator().manual_seed(0))
    light = torch.linspace(0.6, 1.2, 64) + 0.4 * (noise - 0.5)
    colour = torch.tensor([180.0, 110.0, 60.0]).view(3, 1, 1)
    return (colour * light).clamp(0, 255).to(torch.uint8)


def made(type_: str, method: str, **kwargs) -> list[np.ndarray]:
    """Each view of :data:`COUNT` samples, (COUNT, 3, h, w) in 0..255."""
    (transform,) = build_transforms(
        [dict(type=type_, method=method, size=SIZE, **kwargs)]
    )
    found, told = [], []
    for index in range(COUNT):
        with seeded(1, 0, index):
            views = transform(scene())
        if type_ == "BatchViews":
            told.append(views.draws)
            views = views.views
        found.append(views)
    batch = [torch.stack(view) for view in zip(*found)]
    samples = PretextSample(metainfo=dict(jitter=told)) if told else None
    views = BYTES(dict(inputs=batch, data_samples=samples))["inputs"]
    return [view.numpy() for view in views]


def statistics(views: np.ndarray) -> dict[str, np.ndarray]:
    """One number a view each: what every change shows in."""
    grey = views.mean(1)
    chroma = views.max(1) - views.min(1)
    red, green, blue = (views[:, i] - grey for i in range(3))
    hue = np.arctan2(3**0.5 * (green - blue).mean((1, 2)), 2 * red.mean((1, 2)))
    # Greys have none.
    hue[chroma.mean((1, 2)) < 2] = 0
    # Away from the border, which Pillow's blur repeats, and ours, before each pass.
    window = np.outer(np.hanning(grey.shape[1]), np.hanning(grey.shape[2]))
    centred = (grey - grey.mean((1, 2), keepdims=True)) * window
    power = np.abs(np.fft.rfft2(centred)) ** 2
    rings = np.hypot(
        *np.meshgrid(np.fft.rfftfreq(grey.shape[2]), np.fft.fftfreq(grey.shape[1]))
    )
    share = power / (power.sum((1, 2), keepdims=True) + 1e-9)
    half = grey.shape[2] // 2
    return dict(
        brightness=grey.mean((1, 2)),
        contrast=grey.std((1, 2)),
        # Rounded, as what is grey has no colour in bytes.
        saturation=np.round(chroma.mean((1, 2)) / (views.max(1).mean((1, 2)) + 1), 2),
        hue=hue,
        most=np.rint(views).max((1, 2, 3)),
        middle_frequencies=share[:, (rings > 0.1) & (rings < 0.25)].sum(1),
        # What is left after a blur of 2 px is less than what rounding adds.
        high_frequencies=share[:, rings >= 0.25].sum(1).clip(0.03),
        sides=grey[..., :half].mean((1, 2)) - grey[..., half:].mean((1, 2)),
    )


# Pillow rounds to bytes after each change, and hue and saturation as well.
ROUNDING = dict(
    brightness=1, contrast=0.5, saturation=0.01, hue=0.02, most=1, sides=0.5
)


def least_p(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """How likely that is if both have one distribution but for rounding."""
    ours, theirs, found = statistics(ours), statistics(theirs), {}
    for key, values in ours.items():
        shift = ROUNDING.get(key, 0.005)
        moved = [values + x for x in (-shift, 0, shift)]
        found[key] = max(ks_2samp(x, theirs[key], method="asymp").pvalue for x in moved)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", OWN)
def test_views_have_lightlys_statistics(method):
    """No statistic of any kind of view tells ours from lightly's."""
    ours, theirs = made("BatchViews", method), made("LightlyViews", method)
    assert [x.shape for x in ours] == [x.shape for x in theirs]
    (transform,) = build_transforms([dict(type="BatchViews", method=method)])
    kinds: dict[tuple, list[int]] = {}
    for number, kind in enumerate(zip(transform.jitters, map(repr, transform.crops))):
        kinds.setdefault(kind, []).append(number)
    for numbers in kinds.values():
        a, b = (np.concatenate([x[i] for i in numbers]) for x in (ours, theirs))
        p = least_p(a, b)
        assert min(p.values()) > LEAST, (numbers, p)
        grey = [((x.max(1) - x.min(1)).max((1, 2)) < 1.5).mean() for x in (a, b)]
        assert grey[0] == pytest.approx(0.2, abs=0.06)
        assert grey[1] == pytest.approx(grey[0], abs=0.08)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, same, seen",
    [
        (dict(cj_bright=0.2), {}, "brightness"),
        (dict(cj_contrast=0.1), dict(cj_bright=0.0), "contrast"),
        # Contrast moves towards a grey as well.
        (dict(cj_sat=0.1), dict(cj_contrast=0.0), "saturation"),
        (dict(cj_hue=0.05), {}, "hue"),
        (dict(random_gray_scale=0.5), {}, "saturation"),
        (dict(gaussian_blur=0.1), {}, "high_frequencies"),
        (dict(sigmas=(0.1, 0.5)), {}, "high_frequencies"),
        (dict(hf_prob=0.1), {}, "sides"),
    ],
)
def test_the_statistics_would_see_another_recipe(change, same, seen):
    ours = np.concatenate(made("BatchViews", "SimCLR", **change, **same))
    theirs = np.concatenate(made("LightlyViews", "SimCLR", **same))
    assert least_p(ours, theirs)[seen] < LEAST


def test_what_is_read_off_lightlys_transforms():
    views = {
        m: build_transforms([dict(type="BatchViews", method=m, size=56)])[0].jitters
        for m in METHODS
    }
    assert [len(jitters) for jitters in views.values()] == [2, 2, 2, 2, 2, 8, 8, 2]
    assert [j.blur for j in views["BYOL"]] == [1.0, 0.1]
    assert [j.solarize for j in views["DINO"]] == [0, 0.2] + 6 * [0]
    assert views["VICReg"][0].solarize_first and not views["BYOL"][1].solarize_first
    for jitters in views.values():
        assert all((j.flip, j.colour, j.grey) == (0.5, 0.8, 0.2) for j in jitters)
    assert views["MoCoV2"] == views["SimSiam"] == views["DenseCL"]
    simclr = views["SimCLR"][0]
    assert simclr.hue == (-0.2, 0.2) and simclr.sigmas == (0.1, 2)
    transform = dict(type="BatchViews", method="DINO", size=56)
    (dino,) = build_transforms([transform | dict(local_crop_scale=(0.05, 0.14))])
    assert [crop.size for crop in dino.crops] == 2 * [(56, 56)] + 6 * [(24, 24)]
    assert dino.crops[2].scale == (0.05, 0.14)
    assert dino.crops[0].interpolation.value == "bicubic"


@pytest.mark.parametrize(
    "kwargs, said",
    [
        (
            dict(method="SimCLR", vf_prob=0.5),
            "RandomVerticalFlip is not made on the de",
        ),
        (dict(method="SimCLR", rr_prob=0.5), "RandomRotate is not made on the device"),
        (dict(method="PIRL"), "take LightlyViews"),
        (dict(method="SimCRL"), "lightly has no SimCRLTransform"),
        (dict(method="SimCLR", cj=1), "unexpected keyword argument 'cj'"),
    ],
)
def test_what_it_cannot_do_ends_in_a_line(kwargs, said):
    with pytest.raises(InputError, match=said):
        TRANSFORMS.build(dict(type="BatchViews") | kwargs)


def test_the_row_is_the_draw():
    (transform,) = build_transforms([dict(type="BatchViews", method="BYOL", size=8)])
    with seeded(0, 0, 3):
        made = transform(scene())
    first = JitterDraw(*made.draws[0])
    assert first.sigma > 0 and first.solarize == 256 and len(made.views) == 2
