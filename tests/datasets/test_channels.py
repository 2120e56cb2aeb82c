"""Of many channels those are shown that are chosen; alpha is told from the others."""

import numpy as np
import pytest
import tifffile
from PIL import Image
from values_case import bands, shown, slow_bytes, write_bands

from ce_plugin.datasets import ImageFolder
from ce_plugin.datasets.decoding.decode import BadPicture
from ce_plugin.errors import InputError


@pytest.mark.parametrize("layout", ["contig", "separate", "pages"])
def test_channels_of_a_tiff_are_chosen(tmp_path, layout):
    values, path = bands(), tmp_path / "a.tif"
    if layout == "pages":
        tifffile.imwrite(path, values.transpose(2, 0, 1), photometric="minisblack")
    else:
        stored = values if layout == "contig" else values.transpose(2, 0, 1)
        tifffile.imwrite(
            path, stored, photometric="minisblack", planarconfig=layout, metadata=None
        )
    got = shown(path, channels=(6, 0, 3), value_range=(100, 50000))
    want = slow_bytes(values[..., [6, 0, 3]], 100, 50000)
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(shown(path, channels=(2,)), values[..., [2] * 3] >> 8)
    with pytest.raises(BadPicture, match="no channel 7, it has 0 to 6"):
        shown(path, channels=(7, 0, 1))


def test_many_channels_have_to_be_chosen(tmp_path):
    for many in (2, 3, 4, 7):
        write_bands(tmp_path / "a.tif", many)
        with pytest.raises(BadPicture, match=rf"{many} channels.* of 0 to {many - 1}"):
            shown(tmp_path / "a.tif")
    for i in range(6):
        (tmp_path / f"{i}.tif").write_bytes((tmp_path / "a.tif").read_bytes())
    with pytest.raises(InputError, match="set channels of the dataset"):
        ImageFolder(str(tmp_path))[0]


def test_channels_of_everyday_pictures(tmp_path):
    rgb = bands(3, np.uint8, 255)
    for name in ("a.png", "a.tif", "a.bmp"):
        Image.fromarray(rgb).save(tmp_path / name)
        got = shown(tmp_path / name, channels=(2, 1, 0))
        np.testing.assert_array_equal(got, rgb[..., ::-1])
        got = shown(tmp_path / name, channels=(1,))
        np.testing.assert_array_equal(got, rgb[..., [1, 1, 1]])
    Image.fromarray(rgb).save(tmp_path / "a.jpg")
    stored = np.asarray(Image.open(tmp_path / "a.jpg"))
    got = shown(tmp_path / "a.jpg", channels=(2, 1, 0))
    np.testing.assert_array_equal(got, stored[..., ::-1])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("layout", ["contig", "separate"])
def test_a_fourth_channel_that_is_no_alpha(tmp_path, kind, layout):
    """Near infrared, say: left out and not laid on white, but there to be chosen."""
    values = bands(4, kind, np.iinfo(kind).max)
    stored = values if layout == "contig" else values.transpose(2, 0, 1)
    form = dict(photometric="rgb", extrasamples=["unspecified"], planarconfig=layout)
    tifffile.imwrite(tmp_path / "a.tif", stored, metadata=None, **form)
    upper = values >> (np.iinfo(kind).bits - 8)
    np.testing.assert_array_equal(shown(tmp_path / "a.tif"), upper[..., :3])
    got = shown(tmp_path / "a.tif", channels=(3, 0, 1))
    np.testing.assert_array_equal(got, upper[..., [3, 0, 1]])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("wanted", [None, (0,)])
def test_greys_whose_zero_is_white(tmp_path, kind, wanted):
    (values,) = bands(1, kind, np.iinfo(kind).max).transpose(2, 0, 1)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.iinfo(kind).max - values, photometric="miniswhite")
    upper = values >> (np.iinfo(kind).bits - 8)
    np.testing.assert_array_equal(shown(path, channels=wanted)[..., 0], upper)
