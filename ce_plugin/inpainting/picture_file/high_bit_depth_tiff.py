"""TIFFs of several deep channels, by tifffile: Pillow writes none."""

from __future__ import annotations

import io

import tifffile
from PIL import Image

from .frame import to_image
from .picture import PictureFile

_XMP = 700
_PHOTOMETRIC = {"RGB": "rgb", "RGBA": "rgb", "CMYK": "separated"}


def deep_tiff(picture: PictureFile) -> bytes:
    """All frames as pages, each deflated."""
    of, out = picture.metadata, io.BytesIO()
    tags = _tags(picture)
    resolution = dict(resolution=of.dpi, resolutionunit="INCH") if of.dpi else {}
    with tifffile.TiffWriter(out) as file:
        for frame in picture.frames:
            pixels, mode = frame.pixels, frame.mode
            if mode == "P":
                mode = "RGB" if frame.alpha is None else "RGBA"
                pixels = to_image(frame).convert(mode)
            file.write(
                pixels,
                photometric=_PHOTOMETRIC.get(mode, "minisblack"),
                extrasamples=["unassalpha"] if mode in ("LA", "RGBA") else None,
                compression="zlib",
                iccprofile=of.icc or None,
                metadata=None,
                software=False,
                extratags=tags,
                **resolution,
            )
            tags = []
    return out.getvalue()


def _tags(picture: PictureFile) -> list[tuple]:
    """Plain ones of the first directory; tifffile writes no further directories."""
    exif = Image.Exif()
    exif.load(picture.metadata.exif)
    tags = [
        (tag, "s", 0, value, True)
        for tag, value in exif.items()
        if isinstance(value, str) and value.isascii()
    ]
    if picture.metadata.xmp:
        xmp = picture.metadata.xmp
        tags.append((_XMP, "B", len(xmp), xmp, True))
    return tags
