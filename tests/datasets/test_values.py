"""16 bits, floats and many channels become bytes by the stated rule."""

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from torchvision.io import write_file

from ce_plugin.datasets import ImageFolder
from ce_plugin.datasets.decoding.decode import BadPicture, Reading, decode_picture
from ce_plugin.datasets.decoding.values import to_bytes
from ce_plugin.errors import InputError


def bands(many=7, kind=np.uint16, top=60000):
    """(20, 30, many): each band is a ramp of its own."""
    rng = np.random.default_rng(0)
    return (rng.random((20, 30, many)) * top).astype(kind)


def write_bands(path, many=7):
    tifffile.imwrite(path, bands(many), photometric="minisblack", planarconfig="contig")


def shown(path, **reading):
    picture = decode_picture(str(path), reading=Reading(**reading))
    assert picture.dtype == torch.uint8 and picture.shape[0] == 3
    return picture.permute(1, 2, 0).numpy()


def slow_bytes(values, low, high):
    """Value by value, in plain Python."""
    out = np.zeros(values.shape, np.uint8)
    for place, value in np.ndenumerate(values):
        value = min(max(float(value), low), high)
        out[place] = round((value - low) / (high - low) * 255)
    return out


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


def test_heic(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    rgb = np.full((48, 64, 3), (200, 60, 30), np.uint8)
    heif.from_pillow(Image.fromarray(rgb)).save(tmp_path / "A.HEIC", quality=95)
    data = ImageFolder(str(tmp_path))
    got = data[0]["inputs"].permute(1, 2, 0).numpy()
    assert got.shape == (48, 64, 3) and np.abs(got.astype(int) - rgb).max() < 12


def test_heic_without_its_package(tmp_path, monkeypatch):
    write_file(
        str(tmp_path / "a.heic"),
        torch.frombuffer(
            bytearray(b"\0\0\0\x1cftypheic" + bytes(40)), dtype=torch.uint8
        ),
    )
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    with pytest.raises(BadPicture, match=r"pip install 'ce_plugin\[pictures\]'"):
        shown(tmp_path / "a.heic")
