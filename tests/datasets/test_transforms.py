"""Transforms by name, and those of our own."""

import pytest
import torch
from torchvision.transforms import v2

from ce_plugin.datasets import EnsureMinSize, ReleasedRandomCrop, ShortSideResize
from ce_plugin.datasets.build import build_transforms
from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS


def coordinates(height, width):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([y, x, x]).to(torch.uint8)


def photo(height, width):
    generator = torch.Generator().manual_seed(0)
    small = torch.rand(1, 3, 8, 8, generator=generator)
    size = (height, width)
    smooth = torch.nn.functional.interpolate(small, size, mode="bicubic")
    return (smooth[0].clamp(0, 1) * 255).byte()


def public_transforms():
    return [
        name
        for name, cls in vars(v2).items()
        if isinstance(cls, type) and issubclass(cls, v2.Transform)
    ]


@pytest.mark.parametrize("name", public_transforms())
def test_every_torchvision_transform_is_registered(name):
    assert TRANSFORMS.get(name) is getattr(v2, name)
    assert TRANSFORMS.get(f"ce_plugin.{name}") is getattr(v2, name)


def test_by_name_equals_by_hand():
    built = build_transforms(
        [
            dict(type="RandomResizedCrop", size=32, interpolation="bicubic"),
            dict(type="ColorJitter", brightness=0.4),
            dict(
                type="RandomApply",
                transforms=[dict(type="GaussianBlur", kernel_size=3)],
                p=0.5,
            ),
        ]
    )
    by_hand = [
        v2.RandomResizedCrop(32, interpolation=v2.InterpolationMode.BICUBIC),
        v2.ColorJitter(brightness=0.4),
        v2.RandomApply([v2.GaussianBlur(3)], p=0.5),
    ]
    for seed in range(5):
        results = []
        for transforms in (built, by_hand):
            torch.manual_seed(seed)
            results.append(v2.Compose(transforms)(photo(60, 80)))
        assert torch.equal(*results)


def test_callables_and_policies():
    flip = torch.flipud
    built = build_transforms([flip, dict(type="AutoAugment", policy="cifar10")])
    assert built[0] is flip
    assert built[1].policy == v2.AutoAugmentPolicy.CIFAR10


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (dict(type="RandomResizeCrop", size=3), "did you mean 'RandomResizedCrop'"),
        (dict(type="ShortSideResise", size=3), "did you mean 'ShortSideResize'"),
        (dict(type="Resize", sise=3), "transform Resize: .*'sise'"),
        (dict(type="RandomHorizontalFlip", p=2), "RandomHorizontalFlip: "),
        (dict(size=3), "needs a type"),
        ("Resize", "dict"),
        (dict(type="Resize", size=3, interpolation="bicubik"), "'bicubic'"),
        (dict(type="RandomApply", transforms=[dict(type="Blurr")]), "no transform"),
    ],
)
def test_mistakes_end_in_one_line(config, message):
    with pytest.raises(InputError, match=message):
        build_transforms([config])


def test_transforms_is_a_list():
    with pytest.raises(InputError, match="list of dicts"):
        build_transforms(dict(type="Resize", size=3))


def test_released_crop_offsets_are_uniform_from_one():
    torch.manual_seed(0)
    crop, picture = ReleasedRandomCrop(5), coordinates(9, 8)
    count = 4000
    tops, lefts = torch.zeros(9), torch.zeros(8)
    for _ in range(count):
        cut = crop(picture)
        assert cut.shape == (3, 5, 5)
        top, left = int(cut[0, 0, 0]), int(cut[1, 0, 0])
        assert torch.equal(cut, picture[:, top : top + 5, left : left + 5])
        tops[top] += 1
        lefts[left] += 1
    assert tops.nonzero().flatten().tolist() == [1, 2, 3, 4]
    assert lefts.nonzero().flatten().tolist() == [1, 2, 3]
    # Five standard deviations of a uniform choice.
    for counts, k in ((tops[1:5], 4), (lefts[1:4], 3)):
        spread = 5 * (count * (1 / k) * (1 - 1 / k)) ** 0.5
        assert (counts - count / k).abs().max() < spread


@pytest.mark.parametrize("shape", [(8, 20), (20, 8), (4, 4)])
def test_released_crop_needs_more_than_its_size(shape):
    with pytest.raises(InputError, match=r"larger than 8 pixels.*ShortSideResize"):
        ReleasedRandomCrop(8)(coordinates(*shape))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((30, 40), (12, 16)),
        ((40, 30), (16, 12)),
        ((7, 9), (12, 15)),
        ((5, 5), (12, 12)),
    ],
)
def test_short_side(shape, expected):
    resized = ShortSideResize(12)(photo(*shape))
    assert resized.shape == (3, *expected)
    assert resized.dtype == torch.uint8
    assert torch.equal(resized, v2.Resize(12)(photo(*shape)))


def test_short_side_is_near_the_areas_of_the_released_code():
    picture = photo(64, 96)
    areas = torch.nn.functional.avg_pool2d(picture.float(), 2)
    resized = ShortSideResize(32)(picture).float()
    assert (resized - areas).abs().mean() < 1.5
    stripes = torch.zeros(3, 64, 64, dtype=torch.uint8)
    stripes[..., ::2] = 255  # would alias to black or white
    assert (ShortSideResize(16)(stripes).float() - 127.5).abs().max() < 20


def test_short_side_bicubic_differs():
    picture = photo(30, 40)
    assert not torch.equal(
        ShortSideResize(12, "bicubic")(picture), ShortSideResize(12)(picture)
    )
    assert "bicubic" in repr(ShortSideResize(12, "bicubic"))


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1)])
@pytest.mark.parametrize("transform", [ShortSideResize(350), EnsureMinSize(350)])
def test_a_line_of_pixels_does_not_fill_the_memory(shape, transform):
    resized = transform(torch.zeros(3, *shape, dtype=torch.uint8))
    assert sorted(resized.shape[1:]) == [350, 2800]


def test_ensure_min_size():
    large = photo(20, 30)
    assert EnsureMinSize(20)(large) is large
    assert EnsureMinSize(21)(large).shape == (3, 21, 31)
    assert EnsureMinSize(4)(photo(2, 3)).shape == (3, 4, 6)


@pytest.mark.parametrize("size", [0, -3, 2.5, "12", True])
@pytest.mark.parametrize("cls", [ReleasedRandomCrop, ShortSideResize, EnsureMinSize])
def test_sizes_are_whole_numbers(cls, size):
    with pytest.raises(InputError, match=cls.__name__):
        cls(size)


def test_unknown_interpolation():
    with pytest.raises(InputError, match="'bilinear' or 'bicubic'"):
        ShortSideResize(3, interpolation="area")
