"""prepare_data numbers: masks in VOC's colours that are saved with a palette."""

import numpy as np
import pytest
from PIL import Image

from ce_plugin.datasets.check.colours import voc_palette
from ce_plugin.datasets.prepare.mask_labels import masks_to_numbers


def converted(mask, tmp_path, ending=".png"):
    (tmp_path / "masks").mkdir()
    mask.save(tmp_path / f"masks/a{ending}")
    masks_to_numbers(str(tmp_path / "masks"), str(tmp_path / "out"))
    return np.asarray(Image.open(tmp_path / "out/a.png"))


def numbers_of(classes):
    return np.random.default_rng(0).choice(classes, (9, 11)).astype(np.uint8)


@pytest.mark.parametrize("quantized", [False, True])
def test_an_optimiser_may_have_reordered_the_palette(tmp_path, quantized):
    numbers = numbers_of([0, 1, 15])
    mask = Image.fromarray(voc_palette()[numbers])
    if quantized:
        mask = mask.quantize(8)
        assert not np.array_equal(np.asarray(mask), numbers)
    np.testing.assert_array_equal(converted(mask, tmp_path), numbers)


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("palette", ["voc", "short", "black", "other"])
def test_numbers_with_a_palette_stay(tmp_path, palette, ending):
    numbers = numbers_of([1, 15, 255])
    colours = dict(
        voc=voc_palette(),
        short=voc_palette()[:21],
        black=np.zeros((256, 3), np.uint8),
        other=voc_palette()[::-1] | 1,
    )[palette]
    mask = Image.fromarray(numbers).convert("P")
    mask.putpalette(colours.tobytes())
    np.testing.assert_array_equal(converted(mask, tmp_path, ending), numbers)
