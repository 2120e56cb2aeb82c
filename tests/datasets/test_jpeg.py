"""Another library, the same pixels."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from ce_plugin.datasets import ImageFolder
from ce_plugin.datasets.decoding.decode import BadPicture, decode_bytes
from ce_plugin.datasets.decoding.jpeg import decode_plain_jpeg
from ce_plugin.datasets.decoding.values import Reading
from ce_plugin.errors import InputError

pytest.importorskip("simplejpeg")
FAST = Reading(jpeg="simplejpeg")


def jpeg_of(mode="RGB", size=(203, 131), **options):
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    image = small.resize(size, Image.Resampling.BICUBIC).convert(mode)
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return jpeg_of(exif=exif)


PICTURES = {
    "4:2:0": jpeg_of(),
    "4:4:4": jpeg_of(subsampling=0, quality=98),
    "progressive": jpeg_of(progressive=True),
    "grey": jpeg_of("L"),
    "CMYK": jpeg_of("CMYK"),
    "turned": turned(),
    "a pixel": jpeg_of(size=(1, 1)),
}


@pytest.mark.parametrize("min_side", [None, 200, 70, 40, 17, 1])
@pytest.mark.parametrize("kind", PICTURES)
def test_equal(kind, min_side):
    data = PICTURES[kind]
    expected = decode_bytes(data, min_side)
    got = decode_bytes(data, min_side, reading=FAST)
    assert got.shape == expected.shape
    assert torch.equal(got, expected)
    assert got.stride() == expected.stride()
    got += 1  # transforms may write into it


def test_what_is_left_to_pillow():
    none = {k for k, data in PICTURES.items() if decode_plain_jpeg(data, None) is None}
    assert none == {"CMYK", "turned"}
    png = io.BytesIO()
    Image.new("RGB", (5, 4), (1, 2, 3)).save(png, "PNG")
    assert decode_bytes(png.getvalue(), reading=FAST)[:, 0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_cut_off(share):
    data = jpeg_of()
    with pytest.raises(BadPicture):
        decode_bytes(data[: int(len(data) * share)], reading=FAST)


def test_as_an_option_of_a_dataset(tmp_path):
    for i in range(3):
        (tmp_path / f"{i}.jpg").write_bytes(jpeg_of(size=(60 + i, 50)))
    plain, fast = ImageFolder(tmp_path), ImageFolder(tmp_path, jpeg="simplejpeg")
    for i in range(3):
        assert torch.equal(plain[i]["inputs"], fast[i]["inputs"])
    assert plain.metainfo == fast.metainfo
    with pytest.raises(InputError, match="'torchvision' or 'simplejpeg', got 'x'"):
        ImageFolder(tmp_path, jpeg="x")
