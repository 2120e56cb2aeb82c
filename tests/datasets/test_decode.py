"""Every kind of picture comes out the way it is looked at; every bad file is told."""

import io
import re
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from ce_plugin.datasets.decoding.decode import BadPicture, decode_picture

FORMATS = ["jpg", "png", "webp", "bmp"]


@pytest.fixture
def scene():
    """Smooth colours, 40 wide and 30 high, that a JPEG keeps within a few levels."""
    y, x = np.mgrid[:30, :40].astype(np.uint8)
    return np.stack([x * 6, y * 8, 255 - x * 3 - y * 3], axis=2)


def as_array(picture):
    assert picture.dtype == torch.uint8
    assert picture.shape[0] == 3
    return picture.permute(1, 2, 0).numpy()


def near(a, b, levels):
    return np.abs(a.astype(int) - np.asarray(b).astype(int)).max() <= levels


@pytest.mark.parametrize("extension", FORMATS)
def test_colours_of_every_format(tmp_path, scene, extension):
    path = tmp_path / f"a.{extension}"
    lossless = {"lossless": True} if extension == "webp" else {}
    Image.fromarray(scene).save(path, **(lossless or {"quality": 95}))
    picture = decode_picture(str(path))
    assert picture.shape == (3, 30, 40)
    assert near(as_array(picture), scene, 12 if extension == "jpg" else 0)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_jpegs_equal_pillows(tmp_path, scene, progressive, subsampling):
    path = tmp_path / "a.jpg"
    image = Image.fromarray(scene)
    image.save(path, progressive=progressive, subsampling=subsampling)
    # Not a whole level apart: two builds of one library may round differently.
    assert near(as_array(decode_picture(str(path))), Image.open(path), 2)


@pytest.mark.parametrize("extension", ["jpg", "png"])
def test_grey(tmp_path, extension):
    grey = np.tile(np.arange(0, 240, 8, dtype=np.uint8), (20, 1))
    Image.fromarray(grey).save(tmp_path / f"a.{extension}")
    array = as_array(decode_picture(str(tmp_path / f"a.{extension}")))
    assert (array[..., :1] == array).all()
    assert near(array[..., 0], grey, 4)


def test_one_bit(tmp_path):
    Image.fromarray(np.eye(9) > 0).save(tmp_path / "a.png")
    array = as_array(decode_picture(str(tmp_path / "a.png")))
    np.testing.assert_array_equal(array[..., 1], np.eye(9) * 255)


def test_transparency_lies_on_white(tmp_path):
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[..., 0] = 200
    rgba[..., 3] = [[255, 0, 128]]
    Image.fromarray(rgba).save(tmp_path / "a.png")
    array = as_array(decode_picture(str(tmp_path / "a.png")))
    np.testing.assert_array_equal(array[0, 0], [200, 0, 0])
    np.testing.assert_array_equal(array[0, 1], [255, 255, 255])
    half = np.array([200, 0, 0]) * 128 / 255 + 255 * 127 / 255
    assert near(array[0, 2], half.round(), 1)


def test_palette_with_transparency(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    image.save(tmp_path / "a.png", transparency=1)
    array = as_array(decode_picture(str(tmp_path / "a.png")))
    np.testing.assert_array_equal(array[0], [[10, 20, 30], [255, 255, 255]])


def test_grey_with_alpha(tmp_path):
    Image.fromarray(np.array([[[50, 0], [50, 255]]], np.uint8), "LA").save(
        tmp_path / "a.png"
    )
    array = as_array(decode_picture(str(tmp_path / "a.png")))
    np.testing.assert_array_equal(array[0, :, 0], [255, 50])


def test_cmyk(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    array = as_array(decode_picture(str(tmp_path / "a.jpg")))
    assert near(array, np.full((16, 16, 3), [255, 0, 0]), 4)


def test_sixteen_bits_keep_the_upper_eight(tmp_path):
    grey = (np.arange(256, dtype=np.uint16) * 256 + 77).reshape(16, 16)
    Image.fromarray(grey).save(tmp_path / "a.png")
    array = as_array(decode_picture(str(tmp_path / "a.png")))
    np.testing.assert_array_equal(array[..., 2].ravel(), np.arange(256))


@pytest.mark.parametrize("extension", ["jpg", "png"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path, orientation, extension):
    """The first row and column of the file lie where EXIF says."""
    stored = np.zeros((24, 40), np.uint8)
    stored[:, :20] = 255  # bright on the left
    stored[:12] //= 2  # darker above
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{extension}"
    Image.fromarray(stored).convert("RGB").save(path, exif=exif, quality=95)
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.T,
        6: stored[::-1].T,
        7: stored[::-1, ::-1].T,
        8: stored[:, ::-1].T,
    }[orientation]
    array = as_array(decode_picture(str(path)))[..., 0]
    assert array.shape == upright.shape
    assert np.abs(array.astype(int) - upright).mean() < 6


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 1)])
def test_tiny(tmp_path, size):
    for extension in FORMATS:
        Image.new("RGB", size, "red").save(tmp_path / f"a.{extension}")
        picture = decode_picture(str(tmp_path / f"a.{extension}"))
        assert picture.shape == (3, size[1], size[0])


def test_what_comes_out_can_be_written_to(tmp_path, scene):
    for extension in FORMATS:
        Image.fromarray(scene).save(tmp_path / f"a.{extension}")
        decode_picture(str(tmp_path / f"a.{extension}")).zero_()


def test_min_side_decodes_large_jpegs_smaller(tmp_path, scene):
    large = Image.fromarray(scene).resize((800, 600), Image.Resampling.BICUBIC)
    large.save(tmp_path / "a.jpg", quality=95)
    picture = decode_picture(str(tmp_path / "a.jpg"), min_side=100)
    assert picture.shape == (3, 150, 200)  # 1/8 would be below 100
    mean = np.asarray(large).reshape(150, 4, 200, 4, 3).mean((1, 3))
    assert np.abs(as_array(picture) - mean).mean() < 2
    assert decode_picture(str(tmp_path / "a.jpg"), min_side=601).shape[1] == 600


def bad_files(folder, scene):
    buffer = io.BytesIO()
    Image.fromarray(scene).save(buffer, "JPEG")
    jpeg = buffer.getvalue()
    buffer = io.BytesIO()
    Image.fromarray(scene).save(buffer, "PNG")
    png = buffer.getvalue()
    # A PNG whose header promises 60000 x 60000 pixels.
    header = b"IHDR" + struct.pack(">2I5B", 60000, 60000, 8, 2, 0, 0, 0)
    bomb = png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]
    contents = {
        "empty": b"",
        "text": b"not a picture at all\n" * 20,
        "zeros": bytes(4096),
        "half_jpeg": jpeg[: len(jpeg) // 2],
        "jpeg_without_end": jpeg[:-2],
        "header_only": jpeg[:200],
        "half_png": png[: len(png) // 2],
        "bomb": bomb,
    }
    for name, data in contents.items():
        (folder / f"{name}.jpg").write_bytes(data)
    (folder / "folder.jpg").mkdir()
    return [*contents, "folder", "missing"]


def test_bad_files_are_told_apart_from_pictures(tmp_path, scene):
    for name in bad_files(tmp_path, scene):
        with pytest.raises(BadPicture) as error:
            decode_picture(str(tmp_path / f"{name}.jpg"))
        assert str(error.value), name
        if name == "bomb":
            assert "DecompressionBomb" in str(error.value)


def test_broken_jpegs_are_called_so(tmp_path, scene):
    bad_files(tmp_path, scene)
    for name in ("half_jpeg", "jpeg_without_end", "header_only"):
        for min_side in (None, 20):  # by torchvision, by Pillow
            with pytest.raises(BadPicture) as error:
                decode_picture(str(tmp_path / f"{name}.jpg"), min_side)
            said = str(error.value)
            assert re.match("broken JPEG: [A-Za-z]+ ", said), said
            assert ".cpp" not in said and "/" not in said
    with pytest.raises(BadPicture, match=r"^broken PNG: "):
        decode_picture(str(tmp_path / "half_png.jpg"))


def test_a_failing_disk_is_not_the_pictures_fault(tmp_path, monkeypatch):
    def fails(*args, **kwargs):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("builtins.open", fails)
    with pytest.raises(OSError, match="Input/output"):
        decode_picture(str(tmp_path / "a.jpg"))
