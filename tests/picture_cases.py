"""Small files of every kind that people have, and what other packages read in them."""

import io
import struct
import zlib

import cv2
import numpy as np
import tifffile
from PIL import Image, UnidentifiedImageError

HEIGHT, WIDTH = 24, 32
SIZE = (WIDTH, HEIGHT)


def noise(*shape, dtype=np.uint8, most=None, seed=0):
    rng = np.random.default_rng(seed)
    most = np.iinfo(dtype).max if most is None else most
    return rng.integers(0, most + 1, (HEIGHT, WIDTH, *shape), dtype=dtype)


def hole():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[6:14, 9:20] = True
    return mask


def pil(pixels, container, mode=None, **options):
    """A file by Pillow."""
    image = pixels
    if not isinstance(pixels, Image.Image):
        image = Image.fromarray(pixels)
        if mode:
            size = pixels.shape[1::-1]
            image = Image.frombytes(mode, size, pixels.tobytes())
    out = io.BytesIO()
    image.save(out, container, **options)
    return out.getvalue()


def palette(colours, container="PNG", seed=0, **options):
    """A picture of a palette of so many colours, all in use outside the hole too."""
    numbers = np.arange(HEIGHT * WIDTH) % colours
    image = Image.frombytes("P", SIZE, numbers.astype(np.uint8).tobytes())
    rng = np.random.default_rng(seed)
    image.putpalette(rng.integers(0, 256, 3 * colours, dtype=np.uint8).tobytes())
    return pil(image, container, **options)


def tiff(pixels, photometric, **options):
    """A file by tifffile."""
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, photometric=photometric, **options)
    return out.getvalue()


def pgm(pixels):
    """A PGM of 16 bits written by hand."""
    head = f"P5 {pixels.shape[1]} {pixels.shape[0]} 65535\n".encode()
    return head + pixels.astype(">u2").tobytes()


def png(pixels, colour):
    """A 16-bit PNG written by hand; ``colour`` is its type in the header."""

    def chunk(kind, data):
        total = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", total)

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def lzw(pixels):
    """A TIFF by OpenCV, with LZW and its predictor as Photoshop writes it."""
    flags = [cv2.IMWRITE_TIFF_COMPRESSION, 5]
    return cv2.imencode(".tif", pixels[..., ::-1], flags)[1].tobytes()


def heic(pixels):
    import pillow_heif

    pillow_heif.register_heif_opener()
    return pil(pixels, "HEIF")


def animation(container, channels=3, count=3, **options):
    frames = [
        Image.fromarray(noise(channels, most=255, seed=seed)) for seed in range(count)
    ]
    if container == "GIF":
        frames = [frame.quantize(60) for frame in frames]
    times = [40 + 10 * i for i in range(count)]
    return pil(
        frames[0],
        container,
        save_all=True,
        append_images=frames[1:],
        duration=times,
        loop=2,
        **options,
    )


def pages():
    """Three pages of other modes and sizes."""
    images = [
        Image.fromarray(noise(3)),
        Image.fromarray(noise(seed=1)),
        Image.fromarray(noise(3, seed=2)).resize((40, 30)),
    ]
    return pil(images[0], "TIFF", save_all=True, append_images=images[1:])


SOFT = noise(4)
DEEP = dict(dtype=np.uint16)

CASES = {
    "RGB PNG": (".png", lambda: pil(noise(3), "PNG"), ".png", "RGB"),
    "RGB BMP": (".bmp", lambda: pil(noise(3), "BMP"), ".png", "RGB"),
    "RGB PPM": (".ppm", lambda: pil(noise(3), "PPM"), ".png", "RGB"),
    "RGB JPEG 2000": (".jp2", lambda: pil(noise(3), "JPEG2000"), ".png", "RGB"),
    "RGB WebP": (".webp", lambda: pil(noise(3), "WEBP"), ".png", "RGB"),
    "RGB AVIF": (".avif", lambda: pil(noise(3), "AVIF"), ".png", "RGB"),
    "HEIC": (".heic", lambda: heic(noise(3)), ".png", "RGB"),
    "RGB TIFF": (".tif", lambda: pil(noise(3), "TIFF"), ".png", "RGB"),
    "colour JPEG": (".jpg", lambda: pil(noise(3), "JPEG"), ".png", "RGB"),
    "grey JPEG": (".jpg", lambda: pil(noise(), "JPEG"), ".png", "L"),
    "CMYK JPEG": (".jpg", lambda: pil(noise(4), "JPEG", "CMYK"), ".tif", "CMYK"),
    "CMYK TIFF": (".tif", lambda: pil(noise(4), "TIFF", "CMYK"), ".tif", "CMYK"),
    "RGBA PNG": (".png", lambda: pil(SOFT, "PNG"), ".png", "RGBA"),
    "RGBA TIFF": (".tif", lambda: pil(SOFT, "TIFF"), ".png", "RGBA"),
    "RGBA WebP": (
        ".webp",
        lambda: pil(SOFT, "WEBP", lossless=True, exact=True),
        ".png",
        "RGBA",
    ),
    "RGB PNG with one transparent colour": (
        ".png",
        lambda: pil(noise(3), "PNG", transparency=tuple(map(int, noise(3)[0, 0]))),
        ".png",
        "RGBA",
    ),
    "grey and alpha PNG": (".png", lambda: pil(noise(2), "PNG", "LA"), ".png", "LA"),
    "palette PNG": (".png", lambda: palette(9), ".png", "P"),
    "palette PNG with transparency": (
        ".png",
        lambda: palette(9, transparency=bytes([0, 80, 255])),
        ".png",
        "P",
    ),
    "full palette PNG": (".png", lambda: palette(256), ".png", "RGB"),
    "GIF": (".gif", lambda: palette(99, "GIF", transparency=3), ".png", "P"),
    "grey PNG": (".png", lambda: pil(noise(), "PNG"), ".png", "L"),
    "4-bit grey PNG": (
        ".png",
        lambda: pil(noise(most=15), "PNG", bits=4),
        ".png",
        "L",
    ),
    "1-bit PNG": (".png", lambda: pil(noise() > 99, "PNG"), ".png", "1"),
    "1-bit fax TIFF": (
        ".tif",
        lambda: pil(noise() > 99, "TIFF", compression="group4"),
        ".png",
        "1",
    ),
    "16-bit grey PNG": (".png", lambda: pil(noise(**DEEP), "PNG"), ".png", "I;16"),
    "16-bit grey TIFF": (".tif", lambda: pil(noise(**DEEP), "TIFF"), ".png", "I;16"),
    "16-bit grey PGM": (".pgm", lambda: pgm(noise(**DEEP)), ".png", "I;16"),
    "16-bit RGB PNG": (".png", lambda: png(noise(3, **DEEP), 2), ".png", "RGB;16"),
    "16-bit RGBA PNG": (".png", lambda: png(noise(4, **DEEP), 6), ".png", "RGBA;16"),
    "16-bit grey and alpha PNG": (
        ".png",
        lambda: png(noise(2, **DEEP), 4),
        ".png",
        "RGBA;16",
    ),
    "16-bit RGB TIFF": (
        ".tif",
        lambda: tiff(noise(3, **DEEP), "rgb", compression="zlib"),
        ".png",
        "RGB;16",
    ),
    "LZW 16-bit RGB TIFF": (
        ".tif",
        lambda: lzw(noise(3, **DEEP)),
        ".png",
        "RGB;16",
    ),
    "16-bit RGBA TIFF": (
        ".tif",
        lambda: tiff(noise(4, **DEEP), "rgb", extrasamples=["unassalpha"]),
        ".png",
        "RGBA;16",
    ),
    "32-bit float grey TIFF": (
        ".tif",
        lambda: pil(noise().astype(np.float32) / 255, "TIFF"),
        ".tif",
        "F",
    ),
    "32-bit float RGB TIFF": (
        ".tif",
        lambda: tiff(noise(3).astype(np.float32) / 255, "rgb"),
        ".tif",
        "RGB;32f float32",
    ),
    "16-bit grey and alpha TIFF": (
        ".tif",
        lambda: tiff(noise(2, **DEEP), "minisblack", extrasamples=["unassalpha"]),
        ".png",
        "RGBA;16",
    ),
    "animated GIF": (".gif", lambda: animation("GIF"), ".png", "RGB"),
    "animated WebP": (
        ".webp",
        lambda: animation("WEBP", 4, lossless=True, exact=True),
        ".png",
        "RGBA",
    ),
    "animated PNG": (".png", lambda: animation("PNG", 4), ".png", "RGBA"),
    "multi-page TIFF": (".tif", pages, ".tif", "RGB"),
}
"""Kind of file: its ending and bytes; the ending and mode of what inpaint writes."""


def mode_of(data):
    """What is stored, by Pillow's name, with ';16' or ';32f' where Pillow cuts it."""
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        return f"RGB;32f {tifffile.imread(io.BytesIO(data)).dtype}"
    if image.format == "PNG" and data[24] == 16 and image.mode in ("RGB", "RGBA"):
        return f"{image.mode};16"
    return image.mode


def decode(data):
    """The frames of a file by packages other than ours: arrays, colours as RGB(A)."""
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        pixels = tifffile.imread(io.BytesIO(data))
        return [pixels[..., [0, 0, 0, 1]] if pixels.shape[2] == 2 else pixels]
    if image.format == "PNG" and data[24] == 16 and image.mode != "I;16":
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        return [_rgb(pixels)]
    if image.format == "PPM" and image.mode == "I":
        return [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)]
    deep = image.format == "TIFF" and max(image.tag_v2.get(258, (1,))) > 8
    if deep and image.tag_v2.get(277, 1) > 1:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        return [_rgb(pixels)]
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        plain = image.mode in ("1", "I;16", "F", "CMYK")
        frames.append(np.asarray(image if plain else image.convert("RGBA")))
    return frames


def _rgb(pixels):
    return pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
