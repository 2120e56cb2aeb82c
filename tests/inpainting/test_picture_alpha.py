"""Transparency: kept outside the hole, opaque inside, and itself the hole if asked."""

import numpy as np
import picture_cases as cases
import pytest
from PIL import Image

from ce_plugin.errors import InputError
from ce_plugin.inpainting import InpaintingInferencer

HOLE = cases.hole()
BOX = [(9, 6, 20, 14)]
COLOUR = (201, 30, 99)


@pytest.fixture(scope="module")
def fill():
    return InpaintingInferencer("constant", show_progress=False, colour=COLOUR)


@pytest.fixture
def erased(tmp_path):
    """A picture whose hole has been erased; its colours are still there, hidden."""
    pixels = np.dstack([cases.noise(3), np.full((24, 32), 255, np.uint8)])
    pixels[HOLE, 3] = 0
    path = tmp_path / "erased.png"
    Image.fromarray(pixels).save(path)
    return path, pixels


def filled(found):
    return np.asarray(Image.open(found["predictions"][0]["path"]))


def test_hidden_colours_stay_and_the_hole_becomes_opaque(fill, tmp_path):
    pixels = cases.noise(4)
    pixels[..., 3] = 0
    pixels[0, 0, 3] = 255
    Image.fromarray(pixels).save(tmp_path / "in.png")
    found = fill(tmp_path / "in.png", BOX, out_dir=tmp_path / "out")
    assert np.array_equal(filled(found)[~HOLE], pixels[~HOLE])
    assert (filled(found)[HOLE] == (*COLOUR, 255)).all()


def test_alpha_is_kept_by_an_option(fill, tmp_path):
    pixels = cases.noise(4)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    found = fill(tmp_path / "in.png", BOX, out_dir=tmp_path / "o", keep_alpha=True)
    assert np.array_equal(filled(found)[..., 3], pixels[..., 3])
    assert (filled(found)[HOLE][:, :3] == COLOUR).all()


def test_a_filler_sees_transparency_on_white(tmp_path):
    pixels = np.zeros((24, 32, 4), np.uint8)  # black, transparent
    mean = InpaintingInferencer("context-mean", show_progress=False)
    (found,) = mean(pixels, BOX)["predictions"]
    assert (found["composite"] == 255).all()
    assert (found["picture"].pixels[HOLE] == 255).all()
    assert (found["picture"].pixels[~HOLE] == 0).all()


@pytest.mark.parametrize("mask", ["alpha", "itself"])
def test_the_hole_is_what_is_transparent(fill, erased, tmp_path, mask):
    path, pixels = erased
    mask = path if mask == "itself" else mask
    found = fill(path, mask, out_dir=tmp_path / "out")
    assert np.array_equal(filled(found)[~HOLE], pixels[~HOLE])
    assert (filled(found)[HOLE] == (*COLOUR, 255)).all()


@pytest.mark.parametrize("mode", ["LA", "P"])
def test_it_may_be_grey_or_a_palette(fill, tmp_path, mode):
    path = tmp_path / "in.png"
    if mode == "LA":
        grey = np.dstack([cases.noise(), np.where(HOLE, 0, 255).astype(np.uint8)])
        Image.frombytes("LA", cases.SIZE, grey.tobytes()).save(path)
    else:
        numbers = np.where(HOLE, 5, cases.noise() % 5).astype(np.uint8)
        image = Image.frombytes("P", cases.SIZE, numbers.tobytes())
        image.putpalette(cases.noise().ravel()[:18].tobytes())
        image.save(path, transparency=5)
    (found,) = fill(path, "alpha")["predictions"]
    assert np.array_equal(found["mask"], HOLE)


def test_half_transparent_pixels_are_named(fill, erased):
    path, pixels = erased
    pixels[0, :7, 3], pixels[1, :3, 3] = 128, 127
    Image.fromarray(pixels).save(path)
    (found,) = fill(path, "alpha")["predictions"]
    assert found["mask"].sum() == HOLE.sum() + 3
    assert "7 pixels" in found["notes"][0]


def test_no_alpha_is_said(fill, tmp_path):
    Image.fromarray(cases.noise(3)).save(tmp_path / "in.png")
    with pytest.raises(InputError, match="has no alpha channel"):
        fill(tmp_path / "in.png", "alpha")
    opaque = np.dstack([cases.noise(3), np.full((24, 32), 255, np.uint8)])
    with pytest.raises(InputError, match="no transparent pixel"):
        fill(opaque, "alpha")


def test_another_file_with_its_hole_erased_is_refused(fill, erased):
    """Its colours are no mask; as a mask they would make a hole of noise."""
    path, _ = erased
    with pytest.raises(InputError, match=r"alpha channel and colours.*'alpha'"):
        fill(cases.noise(3), path)


@pytest.mark.parametrize("hole", ["white", "black"])
def test_a_layer_of_strokes(fill, tmp_path, hole):
    """Transparent is no hole, whatever colour hides there."""
    layer = np.zeros((24, 32, 4), np.uint8)
    layer[..., :3] = 255 if hole == "white" else 0
    layer[HOLE, 3] = 255
    Image.fromarray(layer).save(tmp_path / "mask.png")
    found = fill(cases.noise(3), tmp_path / "mask.png", hole=hole)
    assert np.array_equal(found["predictions"][0]["mask"], HOLE)


@pytest.mark.parametrize("kind", ["file", "array", "bool", "PIL"])
def test_black_holes(fill, tmp_path, kind):
    values = np.where(HOLE, 0, 255).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "mask.png")
    mask = dict(
        file=tmp_path / "mask.png",
        array=values,
        bool=~HOLE,
        PIL=Image.fromarray(values),
    )[kind]
    found = fill(cases.noise(3), mask, hole="black")
    assert np.array_equal(found["predictions"][0]["mask"], HOLE)


def test_black_does_not_turn_boxes_and_alpha(fill, erased):
    (found,) = fill(cases.noise(3), BOX, hole="black")["predictions"]
    assert np.array_equal(found["mask"], HOLE)
    (found,) = fill(erased[0], "alpha", hole="black")["predictions"]
    assert np.array_equal(found["mask"], HOLE)
    with pytest.raises(InputError, match="white or black, not 'grey'"):
        fill(cases.noise(3), BOX, hole="grey")
