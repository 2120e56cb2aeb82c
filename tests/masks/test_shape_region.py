"""Deformed shapes as holes, against a slow reference of the deformation."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ce_plugin.errors import InputError
from ce_plugin.masks import RandomRegion
from ce_plugin.masks.object_shapes import cut_regions, load_shapes
from ce_plugin.masks.shape_region import ShapeRegion


def save(path, labels, mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(labels)
    if mode == "P":
        image = image.convert("P")
        image.putdata(labels.ravel().tolist())
        image.putpalette(list(range(256)) * 3)
    image.save(path)


@pytest.fixture
def folder(tmp_path):
    """An ellipse, a triangle and a comb, each with a void outline, nested."""
    for i in range(4):
        image = Image.new("L", (160, 120), 0)
        draw = ImageDraw.Draw(image)
        draw.ellipse((10, 15, 70, 60 + 10 * i), fill=1, outline=255)
        draw.polygon([(80, 110), (150, 90), (95, 20)], fill=7, outline=255)
        for x in range(80, 150, 12):
            draw.rectangle((x, 5, x + 5, 15 + 3 * i), fill=20)
        save(tmp_path / f"a{i % 2}" / "deep" / f"{i}.png", np.array(image), "LP"[i % 2])
    return tmp_path


def masks(generator, height, width, count, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([generator(height, width, rng) for _ in range(count)])


@pytest.mark.parametrize(("height", "width"), [(128, 128), (64, 160)])
def test_area_bounds(folder, height, width):
    area = masks(RandomRegion("shapes", folder=folder), height, width, 500).mean((1, 2))
    assert area.max() <= 0.25
    assert area.min() > 0
    assert (area >= 0.20).mean() > 0.95


def test_palette_indices_are_read_and_not_colours(tmp_path):
    labels = np.zeros((40, 50), np.uint8)
    labels[5:25, 10:20] = 15
    labels[30:40, :] = 255
    save(tmp_path / "m.PNG", labels, "P")
    ((shape,),) = load_shapes(str(tmp_path), (0, 255), 10, 0)
    assert shape.shape == (20, 10)
    assert shape.all()


def test_cut_regions():
    labels = np.zeros((300, 400), np.int32)
    labels[10:12, 10:20] = 4  # too few pixels
    labels[50:60, 100:140] = 9
    labels[200:210, 300:340] = 9  # the same label elsewhere: one region
    labels[20:40, 30:40] = 3
    labels[100:120, 0:30] = 255
    small, spread = cut_regions(labels, (0, 255), min_pixels=64, max_side=128)
    assert small.shape == (20, 10)
    assert small.all()
    # 160 x 240 reduced to 128 px a side, and the share of ones with it
    assert spread.shape == (85, 128)
    assert spread.dtype == np.uint8
    assert spread.mean() == pytest.approx(800 / (160 * 240), rel=0.2)
    assert not spread[:, 60:70].any()


def test_deformation_equals_a_slow_reference(tmp_path):
    """Every pixel is mapped back by the inverse of the stated matrix product."""
    labels = np.zeros((30, 24), np.uint8)
    labels[:, :8] = 1
    labels[:10] = 1
    save(tmp_path / "l.png", labels)  # a mark that no symmetry maps onto itself
    generator = ShapeRegion(tmp_path, tries=1, max_area=0.9)
    ((shape,),) = load_shapes(str(tmp_path), (0, 255), 500, 0)
    height, width = 48, 64
    compared = 0
    for seed in range(60):
        numbers = np.random.default_rng(seed).random((1, 9))[0][2:]
        scale, angle, ratio, shear = (
            low + u * (high - low)
            for u, (low, high) in zip(
                numbers, [(0.2, 0.6), (-45, 45), (0.7, 1.4), (-0.2, 0.2)]
            )
        )
        angle = np.radians(angle)
        rotation = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        mirror = -1 if numbers[4] < 0.5 else 1
        stretch = np.diag([mirror * ratio**0.5, ratio**-0.5]) * scale * 48 / 30
        back = np.linalg.inv(np.array(rotation) @ [[1, shear], [0, 1]] @ stretch)
        centre = numbers[5] * width - 0.5, numbers[6] * height - 0.5
        expected = np.zeros((height, width), bool)
        unsure = np.zeros((height, width), bool)
        for y in range(height):
            for x in range(width):
                u, v = back @ (x - centre[0], y - centre[1]) + (11.5, 14.5)
                nearest = round(v), round(u)
                inside = 0 <= nearest[0] < 30 and 0 <= nearest[1] < 24
                expected[y, x] = inside and shape[nearest]
                # the warp counts in fixed point: near a half it may go either way
                unsure[y, x] = min(abs(u % 1 - 0.5), abs(v % 1 - 0.5)) < 0.05
        if not expected.any():
            continue  # pasted outside: drawn again, with other numbers
        mask = generator(height, width, np.random.default_rng(seed))
        np.testing.assert_array_equal(mask[~unsure], expected[~unsure], err_msg=seed)
        compared += 1
    assert compared > 50


def test_neutral_deformation_pastes_the_shape_itself(tmp_path):
    save(tmp_path / "s.png", np.pad(np.ones((20, 40), np.uint8), 5))
    generator = RandomRegion(
        "shapes",
        folder=tmp_path,
        scale=(0.4, 0.4),
        rotation=(0, 0),
        anisotropy=(1, 1),
        shear=(0, 0),
        tries=1,
    )
    drawn = masks(generator, 100, 100, 300)
    heights, widths = drawn.any(2).sum(1), drawn.any(1).sum(1)
    np.testing.assert_array_equal(drawn.sum((1, 2)), heights * widths)
    assert (heights.max(), widths.max()) == (20, 40)
    # Clipped only where the centre is nearer to the edge than half a side: 40 % of x.
    assert (widths == 40).mean() == pytest.approx(0.6, abs=0.1)
    # With clipping allowed, no pixel is out of reach.
    assert drawn.any(0).all()


def test_scale_is_relative_to_the_picture(tmp_path):
    save(tmp_path / "s.png", np.pad(np.ones((50, 50), np.uint8), 5))
    generator = RandomRegion("shapes", folder=tmp_path, rotation=(0, 0), tries=1)
    for size in (64, 256):
        sides = masks(generator, size, size, 400).any(2).sum(1) / size
        assert sides.max() < 0.6 * 0.7**-0.5 * 1.05
        assert sides.mean() == pytest.approx(0.38, abs=0.05)


def test_never_empty_even_with_one_try_and_large_shapes(tmp_path):
    """Most draws of this shape are too large; the first that fits is taken."""
    save(tmp_path / "s.png", np.ones((60, 60), np.uint8))
    generator = RandomRegion("shapes", folder=tmp_path, scale=(0.4, 1.0), tries=1)
    area = masks(generator, 64, 64, 300).mean((1, 2))
    assert area.min() > 0
    assert area.max() <= 0.25


def test_shapes_that_never_fit(tmp_path):
    save(tmp_path / "s.png", np.ones((60, 60), np.uint8))
    generator = RandomRegion(
        "shapes", folder=tmp_path, scale=(0.5, 0.6), max_area=0.001, stop_area=0.001
    )
    with pytest.raises(InputError, match="no shape that fits a picture of 64x64"):
        for seed in range(20):
            generator(64, 64, np.random.default_rng(seed))


def test_capped_choice_is_seeded(folder):
    def sizes(count, seed):
        groups = load_shapes(str(folder), (0, 255), count, seed)
        return [[shape.shape for shape in group] for group in groups]

    assert len(sizes(500, 0)) == 4
    assert len(sizes(2, 0)) == 2
    assert sizes(2, 0) == sizes(2, 0)
    assert len({str(sizes(2, seed)) for seed in range(8)}) > 1


def test_unreadable_files_are_skipped_and_named(folder):
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("no picture")
    whole = (folder / "a0/deep/0.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (20, 20), "red").save(folder / "colour.png")
    generator = RandomRegion("shapes", folder=folder)
    with pytest.warns(UserWarning, match="skipped 4 of 8") as caught:
        generator(64, 64, np.random.default_rng(0))
    message = str(caught[0].message)
    for name in (
        "empty.png",
        "text.png",
        "cut.png",
        "colour.png (a picture of mode RGB",
    ):
        assert name in message


def test_missing_folder(tmp_path):
    with pytest.raises(
        InputError, match=r"no folder of segmentation masks at .*nowhere"
    ):
        RandomRegion("shapes", folder=tmp_path / "nowhere")


def test_folder_without_masks(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.jpg")
    with pytest.raises(InputError, match="no PNG in"):
        RandomRegion("shapes", folder=tmp_path)


def test_folder_without_a_usable_region(tmp_path):
    labels = np.zeros((40, 40), np.uint8)
    labels[:20] = 255
    labels[30:32, 30:32] = 5
    save(tmp_path / "m.png", labels)
    generator = RandomRegion("shapes", folder=tmp_path)
    with pytest.raises(InputError, match="no usable region in the 1 PNG files"):
        generator(64, 64, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": (0.6, 0.2)}, r"scale\[1\] must be a number at least 0.6"),
        ({"scale": 0.5}, "scale must be two numbers"),
        ({"scale": "ab"}, "scale must be two numbers"),
        ({"anisotropy": (0, 1)}, r"anisotropy\[0\]"),
        ({"rotation": (None, 45)}, r"rotation\[0\]"),
        ({"flip": 2}, "flip"),
        ({"max_area": 0}, "max_area"),
        ({"stop_area": 0.5}, "stop_area"),
        ({"tries": 0}, "tries"),
        ({"max_masks": 0}, "max_masks"),
        ({"ignore": 0}, "ignore must be a list"),
        ({"ignore": ["void"]}, "ignore must be a whole number"),
        ({"rotate": (0, 1)}, "did you mean 'rotation'"),
    ],
)
def test_bad_arguments(folder, arguments, message):
    with pytest.raises(InputError, match=message):
        RandomRegion("shapes", folder=folder, **arguments)
