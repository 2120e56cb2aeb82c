"""What is drawn for the device: by the sample alone, within its ranges."""

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from ce_plugin.datasets.build import build_transforms
from ce_plugin.datasets.seeding import seeded
from ce_plugin.datasets.transforms.jitter import Jitter, as_rows
from ce_plugin.datasets.transforms.views import make_views
from ce_plugin.errors import InputError
from ce_plugin.structures import COLOUR_ORDERS, JitterDraw

PICTURE = torch.zeros(3, 8, 8, dtype=torch.uint8)


def draws(jitter: Jitter, count: int = 4000) -> JitterDraw:
    """Of that many samples, an array for each field."""
    rows = []
    for index in range(count):
        with seeded(0, 0, index):
            rows.append(jitter.draw())
    return JitterDraw(*np.array(rows).T)


def test_draws_follow_their_distribution():
    jitter = Jitter(
        flip=0.3,
        colour=0.6,
        brightness=(0.5, 1.0),
        hue=(-0.1, 0.3),
        grey=0.1,
        blur=0.7,
        sigmas=(1.0, 3.0),
        solarize=0.4,
        threshold=99,
        solarize_first=True,
    )
    drawn = draws(jitter)
    shares = dict(flip=drawn.flip, grey=drawn.grey, blur=drawn.sigma > 0)
    shares |= dict(colour=drawn.brightness != 1, solarize=drawn.solarize < 256)
    for name, found in shares.items():
        assert found.mean() == pytest.approx(getattr(jitter, name), abs=0.03), name
    coloured = drawn.brightness != 1
    inside = dict(brightness=coloured, contrast=coloured, hue=coloured)
    for name, where in (inside | dict(sigmas=drawn.sigma > 0)).items():
        least, most = getattr(jitter, name)
        values = getattr(drawn, dict(sigmas="sigma").get(name, name))[where]
        assert least <= values.min() < least + 0.02 * (most - least), name
        assert most >= values.max() > most - 0.02 * (most - least), name
        assert values.mean() == pytest.approx((least + most) / 2, rel=0.05), name
    assert (drawn.contrast != 1).tolist() == coloured.tolist(), "all four or none"
    assert set(drawn.solarize) == {99, 256} and set(drawn.solarize_first) == {1}
    counts = np.bincount(drawn.order[coloured].astype(int))
    assert len(counts) == len(COLOUR_ORDERS) == 24 and counts.min() > 60


def test_by_default_simclrs_colours():
    theirs = v2.ColorJitter(0.8, 0.8, 0.8, 0.2)
    for name in ("brightness", "contrast", "saturation", "hue"):
        assert getattr(Jitter(), name) == pytest.approx(getattr(theirs, name))


def test_strength_reaches_from_neutral():
    (jitter,) = build_transforms([dict(type="BatchJitter", strength=0.5)])
    assert jitter.jitter.brightness == pytest.approx((0.6, 1.4))
    assert jitter.jitter.hue == pytest.approx((-0.1, 0.1))
    (jitter,) = build_transforms([dict(type="BatchJitter", strength=2, hue=(0, 0.1))])
    assert jitter.jitter.contrast == pytest.approx((0, 2.6))
    assert jitter.jitter.hue == pytest.approx((0, 0.2))


def test_each_view_has_its_own_draw_and_the_picture_stays():
    transforms = build_transforms([dict(type="BatchJitter", colour=1)])
    view, told = make_views(transforms, PICTURE, "a.jpg")
    assert torch.equal(view, PICTURE) and told["jitter"].shape == (1, 10)
    views, told = make_views([lambda x: [x, x], *transforms], PICTURE, "a.jpg")
    assert len(views) == 2 and told["jitter"].shape == (2, 10)
    first, second = (JitterDraw(*row) for row in told["jitter"])
    assert first.brightness != second.brightness


def test_draws_depend_on_the_sample_alone():
    jitters, found = [Jitter()] * 2, []
    for key in ((0, 0, 1), (0, 0, 2), (0, 1, 1), (1, 0, 1), (0, 0, 1)):
        with seeded(*key):
            found.append(as_rows(jitters))
    assert np.array_equal(found[0], found[-1])
    assert len({x.tobytes() for x in found}) == 4


@pytest.mark.parametrize(
    "changes, said",
    [
        (dict(grey=2), "grey of a jitter is a probability, not 2"),
        (dict(hue=0.2), "hue of a jitter is two rising numbers from -0.5 to 0.5"),
        (dict(strength=4), "hue of a jitter is two rising numbers from -0.5 to 0.5"),
        (dict(contrast=(1, 0.5)), "contrast of a jitter is two rising numbers"),
        (dict(sharpness=2), "BatchJitter has no 'sharpness'; it takes strength, flip"),
    ],
)
def test_wrong_arguments_end_in_a_line(changes, said):
    with pytest.raises(InputError, match=said):
        build_transforms([dict(type="BatchJitter") | changes])


def test_it_goes_last():
    transforms = [dict(type="BatchJitter"), dict(type="CenterCrop", size=4)]
    with pytest.raises(InputError, match="after the jitter of the batch; that goes l"):
        make_views(build_transforms(transforms), PICTURE, "a.jpg")
