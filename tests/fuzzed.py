"""A folder of 300 files that nobody wants, the same each time, with good ones."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

SIZE = (24, 32)
MOST_NAME = 255


def _pixels(*shape, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, np.iinfo(dtype).max + 1, (*SIZE, *shape), dtype=dtype)


def _file(image, container, **options):
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    out = io.BytesIO()
    image.save(out, container, **options)
    return out.getvalue()


def _tiff(pixels, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **options)
    return out.getvalue()


def _moving(container):
    frames = [Image.fromarray(_pixels(3, seed=seed)).quantize(64) for seed in range(3)]
    return _file(frames[0], container, save_all=True, append_images=frames[1:])


def _bases():
    """Whole files by ending, several of some; each kind of decoder is in it."""
    rgb, exif = _pixels(3), Image.Exif()
    exif[0x0112], exif[271] = 6, "Maker"
    deep = _pixels(3, dtype=np.uint16)
    return [
        (".png", _file(rgb, "PNG", exif=exif.tobytes())),
        (".png", _file(_pixels(4), "PNG")),
        (".png", _file(Image.fromarray(rgb).quantize(99), "PNG")),
        (".png", _file(_pixels(dtype=np.uint16), "PNG")),
        (".png", _moving("PNG")),
        (".jpg", _file(rgb, "JPEG", exif=exif.tobytes(), comment=b"said")),
        (".jpeg", _file(rgb, "JPEG", progressive=True, subsampling=0)),
        (".gif", _moving("GIF")),
        (".webp", _file(rgb, "WEBP", exif=exif.tobytes())),
        (".webp", _moving("WEBP")),
        (".tif", _file(rgb, "TIFF", compression="tiff_lzw")),
        (".tif", _tiff(deep, photometric="rgb", compression="zlib")),
        (".tiff", _tiff(_pixels(3).astype(np.float32) / 255, photometric="rgb")),
        (".bmp", _file(rgb, "BMP")),
        (".jp2", _file(rgb, "JPEG2000")),
        (".avif", _file(rgb, "AVIF")),
        (".ppm", _file(rgb, "PPM")),
    ]


def _flipped(data, rng):
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 20))):
        changed[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _repeated(data, rng):
    """A piece of it once more, in the middle of itself."""
    start, end = sorted(int(n) for n in rng.integers(len(data), size=2))
    return data[:end] + data[start:]


def _chunk(kind, data):
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
    )


def _png(width, height, body, depth=8, colour=2, more=b""):
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = _chunk(b"IDAT", zlib.compress(body, 9))
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + more
    return start + pixels + _chunk(b"IEND", b"")


def _specials():
    """Names and bytes of files that no chance makes."""
    flood = zlib.compress(bytes(100_000_000), 9)
    small = b"".join(b"\0" + row.tobytes() for row in _pixels(3))
    nan = _pixels().astype(np.float32) / 255
    nan[3, 4] = np.nan
    wide = np.zeros((1, 65500, 3), np.uint8)
    one = np.zeros((1, 1, 3), np.uint8)
    zeros = bytes((8192 // 8 + 1) * 8192)
    tiff = bytearray(_tiff(_pixels(3), photometric="rgb"))
    for tag in (256, 257):  # width and height
        place = tiff.find(struct.pack("<HHI", tag, 4, 1))
        assert place > 0
        tiff[place + 8 : place + 12] = struct.pack("<I", 2_000_000)
    yield "bomb header.png", _png(60000, 60000, bytes(1000))
    yield "bomb largest.png", _png(2**31 - 1, 2**31 - 1, bytes(1000))
    yield "bomb real.png", _png(8192, 8192, zeros, 1, 0)
    yield "bomb text.png", _png(32, 24, small, more=_chunk(b"zTXt", b"a\0\0" + flood))
    yield (
        "bomb profile.png",
        _png(32, 24, small, more=_chunk(b"iCCP", b"a\0\0" + flood)),
    )
    yield "bomb.gif", b"GIF89a\xff\xff\xff\xff\xf7\0\0" + bytes(900)
    yield "bomb.tif", bytes(tiff)
    yield "bomb.bmp", _file(one, "BMP")[:18] + struct.pack("<ii", 40000, 40000)
    yield "bomb.ppm", b"P6 50000 50000 255\n"
    yield "bomb.webp", b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0/\xff\xff\xff\x0f" + bytes(12)
    yield "bomb frames.gif", _moving("GIF")[:-1] * 30
    yield "nan.tif", _tiff(nan)
    yield "infinite.tif", _tiff(np.full(SIZE, np.inf, np.float32))
    yield "only nan.tif", _tiff(np.full(SIZE, np.nan, np.float32))
    yield "float rgb nan.tif", _tiff(np.full((*SIZE, 3), np.nan, np.float32))
    yield "double.tif", _tiff(_pixels().astype(np.float64))
    yield "complex.tif", _tiff(_pixels().astype(np.complex64))
    yield "many channels.tif", _tiff(_pixels(7), photometric="minisblack")
    yield "pages.tif", _tiff(np.zeros((300, 4, 4), np.uint8))
    yield "volume.tif", _tiff(np.zeros((2, 3, 9, 9), np.uint16), imagej=True)
    for ending, container in ((".png", "PNG"), (".jpg", "JPEG"), (".gif", "GIF")):
        yield f"one pixel{ending}", _file(one, container)
        yield f"nothing{ending}", b""
    yield "wide.png", _file(wide, "PNG")
    yield "wide.jpg", _file(wide, "JPEG")
    yield "tall.png", _file(wide.transpose(1, 0, 2).copy(), "PNG")
    yield "text.jpg", b"no picture at all\n"
    yield "page.png", b"<!doctype html><svg onload='alert(1)'/>"
    yield "zeros.tif", bytes(4096)
    yield "archive.png", b"PK\3\4" + bytes(64)


def _names():
    """Names of good pictures that tools stumble over."""
    yield "with spaces.png"
    yield "  leading and trailing .png"
    yield "two\nlines.png"
    yield "tab\tand\rreturn.png"
    yield "-dash.png"
    yield "--out.png"
    yield "\N{GRINNING FACE}\N{ZERO WIDTH JOINER}.png"
    yield "Ünïcödé 图片.PNG"
    yield 'quo\'tes "and" $HOME `x` %s {0} \\ *.png'
    yield "\x1b[31mred.png"
    yield os.fsdecode(b"not utf-8 \xff\xfe.png")
    yield "n" * (MOST_NAME - 4) + ".png"
    yield "\N{GRINNING FACE}" * 62 + "abc.jpg"
    yield "many.dots..in.it.png"


def write_fuzzed(folder: Path) -> tuple[list[str], int]:
    """Writes the files.

    Returns:
        The names of those that are good, and how many there are in all.
    """
    rng = np.random.default_rng(16)
    files: dict[str, bytes] = {}
    good = []
    bases = _bases()
    for number, (ending, data) in enumerate(bases):
        for i in range(9):
            files[f"flipped {number} {i}{ending}"] = _flipped(data, rng)
        for i in range(4):
            cut = int(rng.integers(1, len(data)))
            files[f"cut {number} {i}{ending}"] = data[:cut]
        files[f"repeated {number}{ending}"] = _repeated(data, rng)
        other = bases[(number + 5) % len(bases)][0]
        files[f"another's ending {number}{other}"] = data
    files |= dict(_specials())
    for name in _names():
        number = 6 if name.endswith(".jpg") else 1
        files[name] = bases[number][1]
        good.append(name)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    links = {
        "circle.png": "circle.png",
        "there.jpg": "back.jpg",
        "back.jpg": "there.jpg",
        "nowhere.png": "no such file",
        "up": ".",
        "round": "round",
        "deep": "deep/deep",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    return good, len(files) + len(links) + 2
