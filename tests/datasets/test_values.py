"""16 bits, floats and other types become bytes by the stated rule."""

import numpy as np
import pytest
import tifffile
from PIL import Image
from values_case import bands, shown, slow_bytes, write_bands

from ce_plugin.datasets import ImageFolder
from ce_plugin.datasets.decoding.decode import BadPicture, Reading
from ce_plugin.datasets.decoding.values import to_bytes
from ce_plugin.errors import InputError


def grey_files(folder, values):
    """The same 16-bit grey values (H, W) in every file that takes them."""
    for name in ("a.png", "b.tif", "c.pgm", "d.jp2"):
        Image.fromarray(values).save(folder / name)
    Image.fromarray(values).save(folder / "e.tif", compression="tiff_lzw")
    tifffile.imwrite(folder / "f.tif", values, byteorder=">")
    return sorted(folder.iterdir())


def test_rules_on_sixteen_bit_grey(tmp_path):
    values = bands(1)[..., 0]
    low, high = np.percentile(values, (1, 99))
    for path in grey_files(tmp_path, values):
        for rule, want in (
            ("type", values >> 8),
            ((0, 30000), slow_bytes(values, 0, 30000)),
            ("percentile", slow_bytes(values, low, high)),
        ):
            got = shown(path, value_range=rule)
            assert (got == got[..., :1]).all(), path  # grey, repeated
            np.testing.assert_array_equal(got[..., 0], want, err_msg=f"{path} {rule}")


def test_twelve_bits_in_sixteen_are_never_silently_black(tmp_path):
    values = bands(1, top=4095)[..., 0]
    for path in grey_files(tmp_path, values):
        with pytest.raises(BadPicture, match=r"nearly black.*set value_range"):
            shown(path)
        got = shown(path, value_range=(0, 4095))
        np.testing.assert_array_equal(got[..., 0], slow_bytes(values, 0, 4095))
    Image.fromarray(values * 0).save(tmp_path / "black.png")
    assert not shown(tmp_path / "black.png").any()


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bit_colours(tmp_path, channels):
    values = bands(channels)
    extra = dict(extrasamples=["unassalpha"]) if channels == 4 else {}
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", **extra)
    (tmp_path / "a.png").write_bytes(sixteen_bit_png(values))
    for name in ("a.tif", "a.png"):
        colours, want = values[..., :3], values[..., :3] >> 8
        alpha = values[..., 3:] >> 8 if channels == 4 else np.uint16(255)
        want = want * (alpha / 255) + 255 * (1 - alpha / 255)
        assert np.abs(shown(tmp_path / name) - want).max() <= 0.51
        got = shown(tmp_path / name, value_range=(0, 60000))
        want = slow_bytes(colours, 0, 60000) * (alpha / 255) + 255 * (1 - alpha / 255)
        assert np.abs(got - want).max() <= 0.51
        got = shown(tmp_path / name, channels=(2, 1, 0))
        np.testing.assert_array_equal(got, values[..., 2::-1] >> 8)


@pytest.mark.parametrize("opaque", [65535, 4095])
def test_alpha_has_no_part_in_the_range_of_the_colours(tmp_path, opaque):
    colours = bands(3, top=4095)
    alpha = np.full_like(colours[..., :1], opaque)
    path, plain = tmp_path / "a.png", tmp_path / "plain.png"
    path.write_bytes(sixteen_bit_png(np.concatenate([colours, alpha], axis=2)))
    plain.write_bytes(sixteen_bit_png(colours))
    with pytest.raises(BadPicture, match="nearly black"):
        shown(path)
    for value_range in ("percentile", (0, 4095)):
        got = shown(path, value_range=value_range)
        np.testing.assert_array_equal(got, shown(plain, value_range=value_range))


def sixteen_bit_png(values):
    """A PNG of 16-bit colours, which neither Pillow nor torchvision writes."""
    import struct
    import zlib

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    height, width, many = values.shape
    head = struct.pack(">2I5B", width, height, 16, {3: 2, 4: 6}[many], 0, 0, 0)
    rows = values.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


@pytest.mark.parametrize("kind", ["i2", "u4", "i4", "f4", "f8", "f2"])
def test_other_types_of_a_tiff(tmp_path, kind):
    unit = np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    kind = np.dtype(kind)
    if kind.kind == "f":
        values, want = unit.astype(kind), slow_bytes(unit.astype(kind), 0, 1)
    else:
        info = np.iinfo(kind)
        span = float(info.max) - info.min
        values = (unit.astype(np.float64) * span * 0.999 + info.min).astype(kind)
        want = [(int(v) - info.min) >> (info.bits - 8) for v in values.ravel()]
        want = np.reshape(want, values.shape)
    tifffile.imwrite(tmp_path / "a.tif", values)
    np.testing.assert_array_equal(shown(tmp_path / "a.tif")[..., 0], want)


def test_floats_that_have_no_type_range(tmp_path):
    values = np.linspace(270, 310, 600, dtype=np.float32).reshape(20, 30)
    values[0, :5] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", values)
    with pytest.raises(BadPicture, match=r"floats from 270\.3 to 310, not in \[0, 1\]"):
        shown(tmp_path / "a.tif")
    got = shown(tmp_path / "a.tif", value_range=(270, 310))[..., 0]
    filled = np.nan_to_num(values, nan=270)
    np.testing.assert_array_equal(got, slow_bytes(filled, 270, 310))
    low, high = np.nanpercentile(values, (1, 99))
    got = shown(tmp_path / "a.tif", value_range="percentile")[..., 0]
    want = slow_bytes(np.nan_to_num(values, nan=low), low, high)
    assert np.abs(got.astype(int) - want).max() <= 1  # float32 percentiles
    tifffile.imwrite(tmp_path / "a.tif", np.full((4, 4), np.nan, np.float32))
    with pytest.raises(BadPicture, match="not a single number"):
        shown(tmp_path / "a.tif", value_range="percentile")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_tiffs_and_of_deep_pictures(tmp_path, orientation):
    values = bands(1)[..., 0]
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(values).save(tmp_path / "a.png", exif=exif)
    Image.fromarray(values).save(tmp_path / "a.tif", tiffinfo={274: orientation})
    tag = [(274, "H", 1, orientation, False)]
    tifffile.imwrite(
        tmp_path / "b.tif", values.astype(np.float64) / 65536, extratags=tag
    )
    eight = (values >> 8).astype(np.uint8)
    Image.fromarray(eight).save(tmp_path / "c.tif", tiffinfo={274: orientation})
    turned = {
        1: eight,
        2: eight[:, ::-1],
        3: eight[::-1, ::-1],
        4: eight[::-1],
        5: eight.T,
        6: eight[::-1].T,
        7: eight[::-1, ::-1].T,
        8: eight[:, ::-1].T,
    }[orientation]
    for name in ("a.png", "a.tif", "b.tif", "c.tif"):
        got = shown(tmp_path / name)[..., 0]
        assert got.shape == turned.shape, name
        assert np.abs(got.astype(int) - turned).max() <= 1, name


def test_packing_that_needs_a_package_names_it(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise ValueError("<COMPRESSION.ZSTD: 50000> requires the 'imagecodecs' package")

    write_bands(tmp_path / "a.tif")
    monkeypatch.setattr(tifffile.TiffPage, "asarray", refuse)
    with pytest.raises(BadPicture, match=r"ZSTD|NONE.*ce_plugin\[pictures\]"):
        shown(tmp_path / "a.tif", channels=(0,))


def test_a_tiff_that_promises_too_much(tmp_path, monkeypatch):
    write_bands(tmp_path / "a.tif")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(BadPicture, match="bomb"):
        shown(tmp_path / "a.tif", channels=(0,))


@pytest.mark.parametrize(
    "wrong",
    [
        dict(channels=(0, 1)),
        dict(channels=(-1, 0, 1)),
        dict(channels=3),
        dict(value_range="minmax"),
        dict(value_range=(5, 5)),
        dict(value_range=("a", "b")),
        dict(value_range=(0, float("inf"))),
    ],
)
def test_wrong_settings_say_what_is_right(wrong):
    with pytest.raises(InputError, match=f"^{next(iter(wrong))} is "):
        Reading(**wrong)


def test_infinities_are_the_ends_of_the_range():
    values = np.array([-np.inf, np.inf, np.nan, 0.2, 0.6], np.float32)
    assert to_bytes(values).tolist() == [0, 255, 0, 51, 153]
    assert to_bytes(values, (0.2, 0.6)).tolist() == [0, 255, 0, 0, 255]
    assert to_bytes(values, "percentile").tolist() == [0, 255, 0, 0, 255]


def test_bytes_stay_bytes():
    values = bands(3, np.uint8, 255)
    for rule in ("type", "percentile", (0, 10)):
        assert to_bytes(values, rule) is values


def test_a_dataset_states_its_rule(tmp_path):
    write_bands(tmp_path / "a.tif")
    data = ImageFolder(
        str(tmp_path), channels=[6, 0, 3], value_range="percentile", mask=None
    )
    assert data[0]["inputs"].shape == (3, 20, 30)
    assert data.metainfo["data"]["channels"] == "6, 0, 3"
    assert data.metainfo["data"]["value_range"] == "percentile"
    assert ImageFolder(str(tmp_path)).metainfo["data"]["channels"] == "own"
