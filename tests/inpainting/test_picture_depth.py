"""Depth, palettes and containers, beyond the round trip."""

import io

import cv2
import imagecodecs
import numpy as np
import picture_cases as cases
import pytest
import tifffile
from PIL import Image, JpegImagePlugin

from ce_plugin.errors import InputError
from ce_plugin.inpainting import InpaintingInferencer
from ce_plugin.inpainting.picture_file import of_arrays, read_picture_file, to_bytes
from ce_plugin.inpainting.reading import open_picture, read_picture

HOLE = cases.hole()
BOX = [(9, 6, 20, 14)]
COLOUR = (200, 100, 40)


@pytest.fixture(scope="module")
def fill():
    return InpaintingInferencer("constant", show_progress=False, colour=COLOUR)


@pytest.mark.parametrize("bits, white", [(None, 65535), (12, 4095), (16, 65535)])
def test_values_scale_to_the_depth(fill, tmp_path, bits, white):
    pixels = cases.noise(3, dtype=np.uint16, most=min(white, 4095))
    source = tmp_path / "in.tif"
    source.write_bytes(cases.tiff(pixels, "rgb"))
    found = fill(source, BOX, out_dir=tmp_path / "out", bit_depth=bits)
    result = cv2.imread(found["predictions"][0]["path"], cv2.IMREAD_UNCHANGED)
    assert np.array_equal(result[..., ::-1][~HOLE], pixels[~HOLE])
    wanted = (np.array(COLOUR) * (white / 255)).round()
    assert (result[..., ::-1][HOLE] == wanted).all()


def test_twelve_bits_in_sixteen_are_seen(tmp_path):
    """They were black: only the upper byte was looked at."""
    pixels = cases.noise(dtype=np.uint16, most=4095)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    mean = InpaintingInferencer("context-mean", show_progress=False)
    (dark,) = mean(tmp_path / "in.png", BOX)["predictions"]
    assert dark["composite"].max() <= 16
    assert "give --bit-depth 12" in dark["notes"][0]
    (found,) = mean(tmp_path / "in.png", BOX, bit_depth=12)["predictions"]
    assert found["notes"] == ()
    seen = (pixels * (255 / 4095)).round()
    assert np.abs(found["composite"][..., 0][~HOLE] - seen[~HOLE]).max() <= 1
    middle = found["picture"].pixels[HOLE]
    assert abs(middle.mean() - pixels[~HOLE].mean()) < 4095 / 255
    with pytest.raises(InputError, match="more than 10 bits"):
        mean(tmp_path / "in.png", BOX, bit_depth=10)


@pytest.mark.parametrize("opaque", [65535, 4095])
def test_twelve_bits_beside_an_alpha_of_its_own_depth(fill, tmp_path, opaque):
    pixels = cases.noise(4, dtype=np.uint16, most=4095)
    pixels[..., 3] = opaque
    source = tmp_path / "in.tif"
    tifffile.imwrite(source, pixels, photometric="rgb", extrasamples=["unassalpha"])
    (dark,) = fill(source, BOX)["predictions"]
    assert "give --bit-depth 12" in dark["notes"][0]
    (found,) = fill(source, BOX, bit_depth=12)["predictions"]
    assert found["notes"] == ()
    result = found["picture"].pixels
    assert (result[..., 3] == opaque).all()
    assert np.array_equal(result[~HOLE], pixels[~HOLE])
    assert (result[HOLE, :3] == (np.array(COLOUR) * (4095 / 255)).round()).all()
    seen = (pixels[..., :3] * (255 / 4095)).round()
    assert np.abs(found["composite"][~HOLE] - seen[~HOLE]).max() <= 1


def test_numbers_of_32_bits_need_a_depth(fill, tmp_path):
    pixels = cases.noise(dtype=np.int32, most=70000)
    Image.fromarray(pixels).save(tmp_path / "in.tif")
    with pytest.raises(InputError, match=r"--bit-depth \(its brightest needs 17\)"):
        fill(tmp_path / "in.tif", BOX)
    found = fill(tmp_path / "in.tif", BOX, bit_depth=17, out_dir=tmp_path / "out")
    path = found["predictions"][0]["path"]
    assert path.endswith(".tif")
    assert np.array_equal(np.asarray(Image.open(path))[~HOLE], pixels[~HOLE])


@pytest.mark.parametrize("bits", [8, 12])
def test_what_is_cut_to_eight_bits_is_said(fill, tmp_path, bits):
    """Pillow reads colours of JPEG 2000 as bytes, whatever they were."""
    pixels = cases.noise(3, dtype=np.uint16, most=(1 << bits) - 1)
    pixels = pixels if bits > 8 else pixels.astype(np.uint8)
    coded = imagecodecs.jpeg2k_encode(pixels, codecformat="jp2", bitspersample=bits)
    (tmp_path / "in.jp2").write_bytes(coded)
    (found,) = fill(tmp_path / "in.jp2", BOX)["predictions"]
    said = any("bits a value eight are read" in note for note in found["notes"])
    assert said == (bits > 8)


def test_what_is_no_number_is_hole_or_refused(fill, tmp_path):
    pixels = cases.noise().astype(np.float32) / 255
    pixels[7, 10] = np.nan
    Image.fromarray(pixels).save(tmp_path / "in.tif")
    found = fill(tmp_path / "in.tif", BOX, out_dir=tmp_path / "out")
    result = tifffile.imread(found["predictions"][0]["path"])
    assert np.isfinite(result).all()
    pixels[0, 0] = np.inf
    Image.fromarray(pixels).save(tmp_path / "in.tif")
    with pytest.raises(InputError, match="1 of its values outside the hole are no num"):
        fill(tmp_path / "in.tif", BOX)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("channels", [(), (2,), (3,), (4,)])
def test_arrays_come_back_as_they_came(fill, dtype, channels):
    pixels = cases.noise(*channels, dtype=np.uint16)
    if dtype == np.float32:
        pixels = pixels.astype(np.float32) / 65535
    (found,) = fill(pixels, BOX)["predictions"]
    result = found["picture"].pixels
    assert result.dtype == dtype and result.shape == pixels.shape
    assert np.array_equal(result[~HOLE], pixels[~HOLE])
    assert found["composite"].dtype == np.uint8


def test_a_palette_takes_new_colours_while_there_is_room(fill, tmp_path):
    for colours, mode in ((9, "P"), (255, "P"), (256, "RGB")):
        (tmp_path / "in.png").write_bytes(cases.palette(colours))
        (found,) = fill(tmp_path / "in.png", BOX, out_dir=tmp_path / "o")["predictions"]
        assert Image.open(found["path"]).mode == mode
        notes = " ".join(found["notes"])
        assert ("no longer fit a palette" in notes) == (mode == "RGB")
    assert (np.asarray(Image.open(found["path"]))[HOLE] == COLOUR).all()


def test_numbers_of_the_hole_alone_are_free_again(fill, tmp_path):
    numbers = np.where(HOLE, 255, np.arange(24 * 32).reshape(24, 32) % 255)
    image = Image.frombytes("P", cases.SIZE, numbers.astype(np.uint8).tobytes())
    colours = np.random.default_rng(0).permutation(256)
    image.putpalette(np.repeat(colours, 3).astype(np.uint8).tobytes())
    image.save(tmp_path / "in.png")
    (found,) = fill(tmp_path / "in.png", BOX, out_dir=tmp_path / "o")["predictions"]
    result = Image.open(found["path"])
    assert result.mode == "P" and found["notes"] == ()
    assert (np.asarray(result.convert("RGB"))[HOLE] == COLOUR).all()


def test_a_gif_stays_one(tmp_path):
    """Where its palette is full, the hole takes the nearest of its colours."""
    data = cases.palette(256, "GIF")
    (tmp_path / "in.gif").write_bytes(data)
    telea = InpaintingInferencer("telea", show_progress=False)
    found = telea(tmp_path / "in.gif", BOX, out_dir=tmp_path / "o", format="own")
    (found,) = found["predictions"]
    assert found["path"].endswith("in.gif")
    assert "reduced" in " ".join(found["notes"])
    (before,) = cases.decode(data)
    (after,) = cases.decode((tmp_path / "o" / "in.gif").read_bytes())
    assert np.array_equal(before[~HOLE], after[~HOLE])


def test_a_gif_s_transparency_stays_where_it_is_kept(tmp_path):
    numbers = np.where(HOLE, 255, np.arange(24 * 32).reshape(24, 32) % 255)
    image = Image.frombytes("P", cases.SIZE, numbers.astype(np.uint8).tobytes())
    image.putpalette(np.random.default_rng(0).bytes(768))
    image.save(tmp_path / "in.gif", transparency=255)
    telea = InpaintingInferencer("telea", show_progress=False)
    options = dict(out_dir=tmp_path / "o", format="own", keep_alpha=True)
    (found,) = telea(tmp_path / "in.gif", BOX, **options)["predictions"]
    alpha = np.asarray(Image.open(found["path"]).convert("RGBA"))[..., 3]
    assert np.array_equal(alpha == 0, HOLE)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_channel_that_is_no_alpha(fill, tmp_path, dtype):
    pixels = cases.noise(4, dtype=dtype)
    data = cases.tiff(pixels, "rgb", extrasamples=["unspecified"])
    (tmp_path / "in.tif").write_bytes(data)
    (found,) = fill(tmp_path / "in.tif", BOX)["predictions"]
    assert np.array_equal(found["picture"].pixels[~HOLE], pixels[~HOLE][:, :3])
    assert found["notes"] == ("its last channel, which is no alpha, is left out",)


def test_deep_colours_multiplied_by_alpha_are_refused(fill, tmp_path):
    pixels = cases.noise(4, dtype=np.uint16)
    data = cases.tiff(pixels, "rgb", extrasamples=["assocalpha"])
    (tmp_path / "in.tif").write_bytes(data)
    with pytest.raises(InputError, match="associated alpha"):
        fill(tmp_path / "in.tif", BOX)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_jpeg_keeps_its_coding(fill, tmp_path, subsampling, progressive):
    smooth = cv2.resize(cases.noise(3)[:2, :3], (32, 24))
    given = cases.pil(
        smooth, "JPEG", quality=71, subsampling=subsampling, progressive=progressive
    )
    source = tmp_path / "in.JPG"
    source.write_bytes(given)
    found = fill(source, BOX, out_dir=tmp_path / "o", format="own")["predictions"][0]
    assert found["path"].endswith("in.JPG")
    assert "JPEG changes pixels outside the hole too" in found["notes"][-1]
    one, other = Image.open(io.BytesIO(given)), Image.open(found["path"])
    assert other.quantization == one.quantization
    sampling = JpegImagePlugin.get_sampling
    assert sampling(other) == sampling(one) == subsampling
    assert bool(other.info.get("progressive")) == progressive
    far = np.ones((24, 32), bool)
    far[:16] = False  # blocks that hold nothing of the hole
    change = np.asarray(one).astype(int)[far] - np.asarray(other)[far]
    assert np.abs(change).mean() < 2


@pytest.mark.parametrize(
    "pixels, ending, said",
    [
        (cases.noise(4), ".jpg", "JPEG holds no transparency; give .png"),
        (cases.noise(4), ".bmp", "BMP holds no transparency"),
        (cases.noise(dtype=np.uint16), ".jpg", "JPEG does not hold values of uint16"),
        (cases.noise(3).astype(np.float32) / 255, ".png", "PNG does not hold values"),
        (cases.noise(3), ".gif", "more colours than GIF's 256"),
        (cases.noise(3), ".xyz", "no picture is written as .xyz"),
        (np.zeros((2, 17000, 3), np.uint8), ".webp", "cannot be written as .webp"),
    ],
)
def test_what_a_container_cannot_hold(pixels, ending, said):
    with pytest.raises(InputError, match=said):
        to_bytes(of_arrays(pixels), ending)


def test_cmyk_becomes_rgb_where_asked():
    given = read_picture_file(cases.CASES["CMYK TIFF"][1]())
    data, notes = to_bytes(given, ".png")
    assert Image.open(io.BytesIO(data)).mode == "RGB"
    assert "PNG holds no CMYK: converted to RGB" in notes[0]


def test_nothing_is_written_over_a_picture_to_fill(fill, tmp_path):
    for name in ("a.png", "b.jpg", "b.png"):
        Image.fromarray(cases.noise(3)).save(tmp_path / name)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    found = fill(tmp_path, BOX, out_dir=tmp_path)
    refused = dict(found["failed"])
    # b.png is b-2 in what is written, next to b of b.jpg.
    assert sorted(refused) == [str(tmp_path / name) for name in ("a.png", "b.jpg")]
    assert "is one of the pictures to fill" in refused[str(tmp_path / "b.jpg")]
    for name, data in before.items():
        assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize("bits", [12, 16])
def test_what_was_written_is_read_again_as_the_filler_saw_it(fill, tmp_path, bits):
    """By score and gallery, which have no depth to be told."""
    pixels = cases.noise(dtype=np.uint16, most=(1 << bits) - 1)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    found = fill(tmp_path / "in.png", BOX, out_dir=tmp_path / "out")["predictions"][0]
    read, (seen,) = read_picture(found["path"]), open_picture(pixels).as_rgb()
    assert read.dtype == np.uint8 and np.array_equal(read[~HOLE], seen[~HOLE])


def test_nothing_is_written_over_a_mask(fill, tmp_path):
    folders = [tmp_path / name for name in ("photos", "masks")]
    for folder in folders:
        folder.mkdir()
    Image.fromarray(cases.noise(3)).save(folders[0] / "a.jpg")
    Image.fromarray(HOLE).save(folders[1] / "a.png")
    mask = (folders[1] / "a.png").read_bytes()
    for masks in (folders[1], folders[1] / "a.png"):
        with pytest.raises(InputError, match="to fill or of their masks; give another"):
            fill(folders[0], masks, out_dir=folders[1])
        assert (folders[1] / "a.png").read_bytes() == mask


def test_modes_that_are_not_filled_are_named(fill, tmp_path):
    Image.fromarray(cases.noise(3)).convert("LAB").save(tmp_path / "in.tif")
    with pytest.raises(InputError, match="its mode LAB is none that is filled"):
        fill(tmp_path / "in.tif", BOX)


def test_greys_of_16_bits_whose_zero_is_white(fill, tmp_path):
    pixels = cases.noise(dtype=np.uint16)
    source = tmp_path / "in.tif"
    source.write_bytes(cases.tiff(65535 - pixels, "miniswhite"))
    for ending in ("png", "tif"):
        found = fill(source, BOX, out_dir=tmp_path / "o", format=ending)["predictions"]
        result = read_picture_file(found[0]["path"]).frames[0].pixels
        assert np.array_equal(result[~HOLE], pixels[~HOLE])
    source.write_bytes(cases.tiff(np.float32(pixels / 65535), "miniswhite"))
    with pytest.raises(InputError, match="not MINISWHITE; convert it first"):
        fill(source, BOX)
