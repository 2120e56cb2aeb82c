"""A picture's metadata: profile, density, notes of all kinds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .orientation import reset_exif, reset_xmp

_XMP = "XML:com.adobe.xmp"
_HEX_EXIF = "Raw profile type exif"
_COLOUR = (b"gAMA", b"cHRM", b"sRGB", b"cICP")
# Tags of a TIFF that say how its pixels are stored, and what has a place of its own.
_STRUCTURE = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280),
    *(281, 282, 283, 284, 288, 289, 290, 291, 292, 293, 296, 301, 317, 318, 319, 320),
    *(321, 322, 323, 324, 325, 330, 332, 334, 336, 337, 338, 339, 340, 341, 347),
    *(512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 700, 34675),
}
_KEEPS = {
    "PNG": {"ICC profile", "density", "EXIF", "XMP", "text"},
    "JPEG": {"ICC profile", "density", "EXIF", "XMP", "comment"},
    "TIFF": {"ICC profile", "density", "EXIF", "XMP"},
    "WEBP": {"ICC profile", "EXIF", "XMP"},
    "AVIF": {"ICC profile", "EXIF", "XMP"},
    "GIF": {"comment"},
    "BMP": {"density"},
}
"""By container, what Pillow writes into it."""


@dataclass(frozen=True)
class Metadata:
    """The metadata of a picture in a file.

    Attributes:
        icc: The colour profile.
        dpi: Pixels an inch, across and down.
        exif: With its header, orientation and thumbnail taken out.
        xmp: With its orientation taken out.
        text: PNG's text chunks; a JPEG's or GIF's comment is 'Comment'.
        chunks: PNG's chunks of colour, and private ones that are safe to copy, raw.
        iptc: Whether a JPEG has Photoshop's block with IPTC, which no writer keeps.
        notes: What could not be read of all that.
    """

    icc: bytes = b""
    dpi: tuple[float, float] | None = None
    exif: bytes = b""
    xmp: bytes = b""
    text: dict[str, str] = field(default_factory=dict)
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    iptc: bool = False
    notes: tuple[str, ...] = ()

    def lost_in(self, container: str) -> list[str]:
        """Names of what a container, by Pillow's name, does not keep."""
        has = {"ICC profile": self.icc, "density": self.dpi, "EXIF": self.exif}
        has |= {"XMP": self.xmp, "IPTC": self.iptc}
        keeps = _KEEPS.get(container, set())
        lost = [name for name, value in has.items() if value and name not in keeps]
        comment = {"Comment"} if "comment" in keeps else set()
        if "text" not in keeps:
            lost += [f"text {key!r}" for key in self.text if key not in comment]
        return lost

    def without_profile(self) -> Metadata:
        """The metadata without the colour profile, for pixels in other colours."""
        return replace(self, icc=b"", chunks=())


def metadata_of(image: Image.Image, data: bytes) -> Metadata:
    """The metadata of an open PIL picture, before it is rotated, and of its bytes.

    What is damaged is left out, with a note.
    """
    info, notes = image.info, []
    text = dict(getattr(image, "text", {})) if image.format == "PNG" else {}
    xmp = info.get("xmp") or text.pop(_XMP, b"")
    for key in (_XMP, _HEX_EXIF):
        text.pop(key, None)
    comment = info.get("comment")
    # JPEG 2000's names the program that wrote it.
    if comment and image.format in ("JPEG", "MPO", "GIF"):
        if isinstance(comment, bytes):
            comment = comment.decode("utf-8", "replace")
        text["Comment"] = comment
    chunks = ()
    if image.format == "PNG":
        chunks = tuple(
            (name, body)
            for name, body in png_chunks(data)
            # A private name's last letter is small where the chunk does not depend on
            # the pixels.
            if name in _COLOUR or (name[1:2].islower() and name[3:4].islower())
        )
    try:
        exif = _exif_of(image)
    except Exception as error:  # what broken notes make Pillow raise is open
        exif = b""
        notes.append(f"its EXIF is damaged and left out ({error})")
    if isinstance(xmp, str):
        xmp = xmp.encode()
    dpi = info.get("dpi")
    # One pixel an inch is how Pillow reads a TIFF that does not say.
    usable = dpi and len(dpi) == 2 and all(1 < float(x) < 1e6 for x in dpi)
    return Metadata(
        icc=info.get("icc_profile") or b"",
        dpi=tuple(map(float, dpi)) if usable else None,
        exif=exif,
        xmp=reset_xmp(bytes(xmp)),
        text=text,
        chunks=chunks,
        iptc=image.format in ("JPEG", "MPO") and bool(info.get("photoshop")),
        notes=tuple(notes),
    )


def _exif_of(image: Image.Image) -> bytes:
    exif = Image.Exif()
    raw = image.getexif()
    if not raw:
        return b""
    exif.load(raw.tobytes())
    if image.format == "TIFF":
        for tag in _STRUCTURE.intersection(exif) - {274}:
            del exif[tag]
    return reset_exif(exif) if exif else b""


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents of a PNG file's chunks, without looking at their sums."""
    place = 8
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        yield name, data[place + 8 : place + 8 + length]
        place += 12 + length


def png_info(of: Metadata) -> PngInfo:
    """Text and chunks of colour for Pillow's PNG writer."""
    info = PngInfo()
    for name, body in of.chunks:
        info.add(name, body)
    for key, value in of.text.items():
        info.add_text(key, value)
    if of.xmp:
        info.add_itxt(_XMP, of.xmp.decode("utf-8", "replace"))
    return info
