"""Profile, density, EXIF, XMP and text go with the picture; its rotation is applied."""

import io

import numpy as np
import picture_cases as cases
import pytest
from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from ce_plugin.errors import InputError
from ce_plugin.inpainting import InpaintingInferencer
from ce_plugin.inpainting.picture_file import read_picture_file, to_bytes

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d" '
    b'dc:creator="Ada"/></x:xmpmeta>'
)
MAKE, ARTIST, ORIENTATION = 271, 315, 274
TAKEN, WIDTH, HEIGHT = 0x9003, 0xA002, 0xA003


@pytest.fixture(scope="module")
def fill():
    return InpaintingInferencer("constant", show_progress=False)


def exif(orientation=1):
    notes = Image.Exif()
    notes[MAKE], notes[ARTIST], notes[ORIENTATION] = "Maker", "Ada", orientation
    inner = notes.get_ifd(ExifTags.IFD.Exif)
    inner[TAKEN], inner[WIDTH], inner[HEIGHT] = "2020:01:02 03:04:05", 32, 24
    place = notes.get_ifd(ExifTags.IFD.GPSInfo)
    place[1], place[2] = "N", (52.0, 30.0, 1.0)
    return notes


def with_everything(container, orientation=1, pixels=None, thumbnail=False):
    pixels = cases.noise(3) if pixels is None else pixels
    options = dict(icc_profile=ICC, exif=exif(orientation).tobytes())
    xmp = XMP % orientation
    if container == "PNG":
        info = PngInfo()
        info.add_text("Title", "A hole")
        info.add_itxt("Author", "Ada Ü", lang="en")
        info.add_text("Long", "x" * 100, zip=True)
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        info.add(b"gAMA", (45455).to_bytes(4, "big"))
        info.add(b"saFe", b"kept")
        info.add(b"unSA", b"of these very pixels")
        options |= dict(pnginfo=info, dpi=(300, 150))
    elif container == "TIFF":
        notes = Image.Exif()
        notes.load(exif(orientation).tobytes())
        notes[700] = xmp
        options |= dict(exif=notes, dpi=(300, 150))
    elif container == "JPEG":
        options |= dict(xmp=xmp, dpi=(300, 150), comment=b"said", quality=83)
    else:
        options |= dict(xmp=xmp, lossless=True)
    if thumbnail:
        options["exif"] = add_thumbnail(options["exif"])
    return cases.pil(pixels, container, **options)


def add_thumbnail(raw):
    """EXIF with a second directory that holds a small JPEG, as cameras write it."""
    small = cases.pil(np.zeros((8, 8, 3), np.uint8), "JPEG")
    head, body = raw[:6], bytearray(raw[6:])
    order = "little" if body[:2] == b"II" else "big"
    first = int.from_bytes(body[4:8], order)
    count = int.from_bytes(body[first : first + 2], order)
    link = first + 2 + 12 * count
    second = len(body)
    body[link : link + 4] = second.to_bytes(4, order)
    data = second + 2 + 2 * 12 + 4
    entries = [(0x0201, 4, 1, data), (0x0202, 4, 1, len(small))]
    body += len(entries).to_bytes(2, order)
    for tag, kind, number, value in entries:
        body += tag.to_bytes(2, order) + kind.to_bytes(2, order)
        body += number.to_bytes(4, order) + value.to_bytes(4, order)
    return head + bytes(body) + bytes(4) + small


def facts(data):
    """What Pillow finds in a file."""
    image = Image.open(io.BytesIO(data))
    notes = image.getexif()
    inner, place = notes.get_ifd(0x8769), notes.get_ifd(0x8825)
    image.load()
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return dict(
        icc=image.info.get("icc_profile"),
        dpi=tuple(round(x) for x in image.info.get("dpi", ())),
        exif=(notes.get(MAKE), notes.get(ARTIST), inner.get(TAKEN), place.get(1)),
        xmp=xmp if isinstance(xmp, bytes) else xmp.encode(),
    )


KEPT = {
    ".png": {"icc", "dpi", "exif", "xmp"},
    ".jpg": {"icc", "dpi", "exif", "xmp"},
    ".tif": {"icc", "dpi", "exif", "xmp"},
    ".webp": {"icc", "exif", "xmp"},
    ".avif": {"icc", "exif", "xmp"},
}


@pytest.mark.parametrize("ending", KEPT)
@pytest.mark.parametrize("container", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_all_that_belongs_to_a_file(container, ending):
    given = with_everything(container)
    data, notes = to_bytes(read_picture_file(given), ending)
    before, after = facts(given), facts(data)
    assert before["exif"] == ("Maker", "Ada", "2020:01:02 03:04:05", "N")
    for name in KEPT[ending] - ({"dpi"} if not before["dpi"] else set()):
        assert after[name] == before[name], name
    told = [note for note in notes if "does not keep" in note]
    if before["dpi"] and "dpi" not in KEPT[ending]:
        assert "density" in told[0]
    if container == "PNG" and ending != ".png":
        assert "'Title'" in told[0]
    if container == "JPEG" and ending == ".tif":
        assert "'Comment'" in told[0]


def test_texts_and_colour_chunks_of_a_png():
    given = with_everything("PNG")
    written, _ = to_bytes(read_picture_file(given), ".png")
    assert b"saFekept" in written and b"unSA" in given and b"unSA" not in written
    one, other = (Image.open(io.BytesIO(data)) for data in (given, written))
    one.load(), other.load()
    for key in ("Title", "Author", "Long"):
        assert other.text[key] == one.text[key]
    assert other.text["Author"].lang == "en"
    assert other.info["gamma"] == one.info["gamma"] == 0.45455


def test_a_deep_png_keeps_it_all_too():
    from ce_plugin.inpainting.picture_file.picture import PictureFile
    from ce_plugin.inpainting.picture_file.read import of_arrays

    metadata = read_picture_file(with_everything("PNG")).metadata
    deep = of_arrays(cases.noise(3, dtype=np.uint16))
    picture = PictureFile(deep.frames, metadata, "PNG")
    data, _ = to_bytes(picture, ".png")
    want, found = facts(with_everything("PNG")), facts(data)
    assert found == want and Image.open(io.BytesIO(data)).text["Title"] == "A hole"
    assert np.array_equal(cases.decode(data)[0], deep.pixels)
    again, notes = to_bytes(picture, ".tif")
    found = facts(again)
    assert {k: found[k] for k in ("icc", "dpi")} == {k: want[k] for k in ("icc", "dpi")}
    assert found["exif"][:2] == ("Maker", "Ada") and found["xmp"] == want["xmp"]
    assert any("deep TIFF keeps" in note for note in notes)


def test_a_comment_goes_from_jpeg_to_png_and_back():
    given = read_picture_file(with_everything("JPEG"))
    png, _ = to_bytes(given, ".png")
    assert Image.open(io.BytesIO(png)).text["Comment"] == "said"
    jpeg, _ = to_bytes(given, ".jpg")
    assert Image.open(io.BytesIO(jpeg)).info["comment"] == b"said"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("container", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_rotation_is_applied_once(fill, tmp_path, container, orientation):
    source = tmp_path / "in.bin"
    source.write_bytes(with_everything(container, orientation))
    (found,) = fill(source, [(3, 4, 9, 12)], out_dir=tmp_path / "o")["predictions"]
    with Image.open(source) as image:
        if orientation > 1 and container != "TIFF":  # which Pillow turns itself
            image = image.transpose(TURNS[orientation])
        truth = np.asarray(image)
    result = Image.open(found["path"])
    pixels = np.asarray(result)
    outside = np.ones(truth.shape[:2], bool)
    outside[4:12, 3:9] = False
    assert np.array_equal(pixels[outside], truth[outside])
    assert result.getexif()[ORIENTATION] == 1
    inner = result.getexif().get_ifd(0x8769)
    assert (inner[WIDTH], inner[HEIGHT]) == result.size
    xmp = result.info.get("xmp") or result.info["XML:com.adobe.xmp"].encode()
    assert b'tiff:Orientation="1"' in xmp


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def test_a_thumbnail_shows_the_old_picture_and_goes():
    given = with_everything("JPEG", thumbnail=True)
    assert Image.open(io.BytesIO(given)).getexif().get_ifd(ExifTags.IFD.IFD1)
    data, _ = to_bytes(read_picture_file(given), ".jpg")
    notes = Image.open(io.BytesIO(data)).getexif()
    assert notes[MAKE] == "Maker" and not notes.get_ifd(ExifTags.IFD.IFD1)


def test_damaged_exif_is_left_out_with_a_note():
    bad = b"Exif\0\0II*\0\x08\0\0\0\x05\0" + b"\xff" * 40
    picture = read_picture_file(cases.pil(cases.noise(3), "JPEG", exif=bad))
    _, notes = to_bytes(picture, ".png")
    assert any("Corrupt EXIF" in note for note in notes)


@pytest.mark.parametrize("orientation", [6, 8, 5, 7])
def test_a_mask_of_the_stored_size_is_turned_too(fill, tmp_path, orientation):
    stored = np.zeros((24, 32), np.uint8)
    stored[2:8, 20:30] = 255  # of the picture before it is turned
    source = tmp_path / "in.png"
    source.write_bytes(with_everything("PNG", orientation))
    turned = np.asarray(Image.fromarray(stored).transpose(TURNS[orientation])) > 0
    (one,) = fill(source, stored)["predictions"]
    assert np.array_equal(one["mask"], turned) and one["notes"] == ()
    (other,) = fill(source, turned)["predictions"]
    assert np.array_equal(other["mask"], turned) and other["notes"] == ()


@pytest.mark.parametrize("orientation, size", [(3, (32, 24)), (6, (24, 24))])
def test_a_line_says_what_is_assumed_where_both_fit(fill, tmp_path, orientation, size):
    source = tmp_path / "in.png"
    pixels = cases.noise(3)[: size[1], : size[0]]
    source.write_bytes(with_everything("PNG", orientation, pixels))
    mask = np.zeros(size[::-1], bool)
    mask[2:8, 3:9] = True
    (found,) = fill(source, mask)["predictions"]
    assert np.array_equal(found["mask"], mask)
    assert "as it is looked at" in found["notes"][0]
    (boxed,) = fill(source, [(3, 2, 9, 8)])["predictions"]
    assert boxed["notes"] == ()


def test_a_mask_of_another_size_says_both(fill, tmp_path):
    source = tmp_path / "in.png"
    source.write_bytes(with_everything("PNG", 6))
    with pytest.raises(InputError, match=r"40 x 24 pixels and the picture 24 x 32"):
        fill(source, np.ones((24, 40), bool))


def test_a_pil_picture_keeps_what_its_file_said(fill):
    given = with_everything("JPEG", 6)
    picture = Image.open(io.BytesIO(given))
    (found,) = fill(picture, [(3, 4, 9, 12)])["predictions"]
    assert found["composite"].shape == (32, 24, 3)
    data, _ = to_bytes(found["picture"], ".png")
    want, kept = facts(given), facts(data)
    assert kept["icc"] == want["icc"] and kept["exif"] == want["exif"]
    truth = np.asarray(Image.open(io.BytesIO(given)).transpose(TURNS[6]))
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(pixels[12:], truth[12:])
    assert Image.open(io.BytesIO(data)).getexif()[ORIENTATION] == 1


def test_iptc_is_named_as_lost():
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\3Ada"
    plain = cases.pil(cases.noise(3), "JPEG")
    segment = b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
    _, notes = to_bytes(read_picture_file(plain[:2] + segment + plain[2:]), ".png")
    assert notes == ("PNG does not keep its IPTC",)


def test_pages_that_differ_in_density():
    images = [Image.fromarray(cases.noise(3, seed=seed)) for seed in (0, 1)]
    images[1].encoderinfo = dict(dpi=(72, 72))
    data = cases.pil(
        images[0], "TIFF", dpi=(300, 300), save_all=True, append_images=images[1:]
    )
    written, notes = to_bytes(read_picture_file(data), ".tif")
    assert notes == ("density and profile of its first page are given to all",)
    pages = Image.open(io.BytesIO(written))
    pages.seek(1)
    assert pages.info["dpi"] == (300, 300)
