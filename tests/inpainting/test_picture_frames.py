"""Animations, pages and files of several pictures."""

import numpy as np
import picture_cases as cases
import pytest
import tifffile
from PIL import Image

from ce_plugin.errors import InputError
from ce_plugin.inpainting import InpaintingInferencer

HOLE = cases.hole()
BOX = [(9, 6, 20, 14)]
COLOUR = (200, 100, 40)


@pytest.fixture(scope="module")
def fill():
    return InpaintingInferencer("constant", show_progress=False, colour=COLOUR)


SEVERAL = {
    "GIF": (".gif", ".png", ".webp"),
    "WEBP": (".webp", ".png"),
    "PNG": (".png", ".webp"),
}


@pytest.mark.parametrize("container", SEVERAL)
def test_animations_in_each_container(fill, tmp_path, container):
    data = cases.animation(container, lossless=True)
    source = tmp_path / f"in{SEVERAL[container][0]}"
    source.write_bytes(data)
    before = cases.decode(data)
    for ending in SEVERAL[container]:
        found = fill(source, BOX, out_dir=tmp_path / "o", format=ending)
        path = found["predictions"][0]["path"]
        with open(path, "rb") as file:
            after = cases.decode(file.read())
        assert len(after) == len(before) == 3
        for one, other in zip(before, after):
            assert np.array_equal(one[~HOLE], other[~HOLE]), ending
            assert (other[HOLE][:, :3] == COLOUR).all()
        times, loops = timing(path)
        assert times == [40, 50, 60] and loops == 2


def timing(path):
    image = Image.open(path)
    times = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        times.append(round(image.info.get("duration", 0)))
    return times, image.info.get("loop")


def walk(path, numbers, **options):
    """A square that goes from left to right over nothing; of 0 nothing is there."""
    frames = []
    for number in numbers:
        pixels = np.zeros((24, 32, 4), np.uint8)
        pixels[16:22, 8 * number : 8 * (number > 0) * (number + 1)] = (0, 0, 9, 255)
        frames.append(Image.fromarray(pixels))
    times = [30 * (i + 1) for i in range(len(frames))]
    options |= dict(save_all=True, append_images=frames[1:], duration=times)
    frames[0].save(path, **options)


@pytest.mark.parametrize(
    "ending, numbers",
    [
        *((ending, (1, 2, 3)) for ending in (".gif", ".webp", ".png")),
        *((ending, (1, 0, 3)) for ending in (".gif", ".webp", ".png")),
        *((ending, (0, 1, 2)) for ending in (".gif", ".webp", ".png")),
    ],
)
def test_nothing_of_an_old_frame_shines_through(fill, tmp_path, ending, numbers):
    walk(tmp_path / "in.png", numbers, loop=3, disposal=0, blend=0)
    before = cases.decode((tmp_path / "in.png").read_bytes())
    box = [(0, 0, 3, 2)]
    found = fill(tmp_path / "in.png", box, out_dir=tmp_path / "o", format=ending)
    path = found["predictions"][0]["path"]
    with open(path, "rb") as file:
        after = cases.decode(file.read())
    assert len(after) == 3 and timing(path) == ([30, 60, 90], 3)
    for one, other in zip(before, after):
        assert (other[:2, :3] == (*COLOUR, 255)).all()
        one, other = one[2:], other[2:]
        assert np.array_equal(one[..., 3], other[..., 3])
        assert np.array_equal(one[one[..., 3] > 0], other[one[..., 3] > 0])


@pytest.mark.parametrize("clear", [False, True], ids=["opaque", "transparent"])
@pytest.mark.parametrize("source", [".gif", ".png", ".webp"])
@pytest.mark.parametrize("loop", [0, 1, 5])
def test_loops(fill, tmp_path, source, loop, clear):
    """A GIF plays once where it says nothing; the others say 1, and 0 for ever."""
    path = tmp_path / f"in{source}"
    says = {} if source == ".gif" and loop == 1 else dict(loop=loop)
    if clear:
        walk(path, (1, 2, 3), **says, **dict(disposal=2) if source != ".webp" else {})
    else:
        images = [Image.fromarray(cases.noise(3, seed=i) // 128 * 255) for i in (1, 2)]
        images[0].save(
            path, save_all=True, append_images=images[1:], lossless=True, **says
        )
    for ending in (".gif", ".png", ".webp"):
        found = fill(path, [(0, 0, 3, 2)], out_dir=tmp_path / "o", format=ending)
        wanted = None if ending == ".gif" and loop == 1 else loop
        assert timing(found["predictions"][0]["path"])[1] == wanted, ending


def test_a_png_with_a_picture_for_viewers_that_show_no_animation(fill, tmp_path):
    images = [Image.fromarray(cases.noise(3, seed=seed)) for seed in range(3)]
    options = dict(default_image=True, duration=[70, 90], loop=1)
    path = tmp_path / "in.png"
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    found = fill(path, BOX, out_dir=tmp_path / "o")
    result = found["predictions"][0]["path"]
    assert timing(result) == timing(path) == ([0, 70, 90], 1)
    assert Image.open(result).info["default_image"]


def test_one_mask_a_frame(fill, tmp_path):
    source = tmp_path / "in.png"
    source.write_bytes(cases.animation("PNG"))
    holes = [np.zeros((24, 32), bool) for _ in range(3)]
    holes[0][2:5, 2:9], holes[2][10:20, 20:30] = True, True  # none in the second
    masks = [Image.fromarray(mask * np.uint8(255)) for mask in holes]
    masks[0].save(tmp_path / "masks.gif", save_all=True, append_images=masks[1:])
    masks[0].save(tmp_path / "masks.tif", save_all=True, append_images=masks[1:])
    before = cases.decode(source.read_bytes())
    for mask in (tmp_path / "masks.gif", tmp_path / "masks.tif", np.array(holes)):
        found = fill(source, mask, out_dir=tmp_path / "o")["predictions"][0]
        with open(found["path"], "rb") as file:
            after = cases.decode(file.read())
        for one, other, hole in zip(before, after, holes):
            assert np.array_equal(one[~hole], other[~hole])
            assert (other[hole][:, :3] == COLOUR).all()
    masks[0].save(tmp_path / "two.tif", save_all=True, append_images=masks[1:2])
    with pytest.raises(InputError, match="2 frames and the picture 3; give one mask"):
        fill(source, tmp_path / "two.tif")


def test_pages_of_other_sizes_stay_a_tiff(fill, tmp_path):
    source = tmp_path / "in.tif"
    source.write_bytes(cases.pages())
    found = fill(source, BOX, out_dir=tmp_path / "o")["predictions"][0]
    assert "several pages: written as TIFF" in " ".join(found["notes"])
    result = Image.open(found["path"])
    modes = [(result.seek(i), result.mode, result.size)[1:] for i in range(3)]
    assert modes == [("RGB", (32, 24)), ("L", (32, 24)), ("RGB", (40, 30))]
    with pytest.raises(InputError, match="differ in size, which only TIFF holds"):
        fill(source, BOX, out_dir=tmp_path / "o", format="png")
    with pytest.raises(InputError, match="JPEG holds one picture"):
        fill(source, BOX, out_dir=tmp_path / "o", format="jpg")


def test_pages_of_16_bit_colour(fill, tmp_path):
    pixels = np.stack([cases.noise(3, dtype=np.uint16, seed=seed) for seed in (0, 1)])
    source = tmp_path / "in.tif"
    source.write_bytes(cases.tiff(pixels, "rgb"))
    found = fill(source, BOX, out_dir=tmp_path / "o")["predictions"][0]
    after = tifffile.imread(found["path"])
    assert after.dtype == np.uint16
    assert np.array_equal(after[:, ~HOLE], pixels[:, ~HOLE])


def test_reduced_copies_of_a_tiff_are_left_out(fill, tmp_path):
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        file.write(cases.noise(3), photometric="rgb")
        file.write(cases.noise(3)[::2, ::2], photometric="rgb", subfiletype=1)
    found = fill(tmp_path / "in.tif", BOX, out_dir=tmp_path / "o")["predictions"][0]
    assert "1 smaller copies in the file are left out" in found["notes"]


def test_a_phone_s_jpeg_of_several_pictures(fill, tmp_path):
    images = [Image.fromarray(cases.noise(3, seed=seed)) for seed in (0, 1)]
    images[0].save(tmp_path / "in.jpg", "MPO", save_all=True, append_images=images[1:])
    found = fill(tmp_path / "in.jpg", BOX, out_dir=tmp_path / "o")["predictions"][0]
    assert "of the file's 2 pictures only the first is kept" in found["notes"]


def test_pages_count_by_their_own_size(fill, tmp_path, monkeypatch):
    """Three of the first one's would be few enough."""
    source = tmp_path / "in.tif"
    source.write_bytes(cases.pages())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1300)
    with pytest.raises(InputError, match=r"more than 0\.0026 megapixels in all"):
        fill(source, BOX)
    floats = cases.noise(3).astype(np.float32)
    source.write_bytes(cases.tiff(np.stack([floats] * 4), "rgb"))
    with pytest.raises(InputError, match=r"4 pages have more than 0\.0026 mega"):
        fill(source, BOX)
