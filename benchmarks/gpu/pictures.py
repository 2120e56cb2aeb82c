"""A pack of pictures for a machine that can fetch none."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from ce_plugin.datasets.prepare.small_voc import small_voc
from ce_plugin.errors import InputError

NAME = "pictures.zip"
ALL = 10**9
# Masks of single objects, which nothing reads there.
LEFT_OUT = "SegmentationObject"


def pack(root: Path, out: Path, long_side: int, quality: int) -> int:
    """Writes a VOCdevkit, made small, into one file.

    Args:
        root: The VOCdevkit.
        out: The zip file; what is in it is compressed already, or hardly.
        long_side: Longer side of pictures and masks, in pixels.
        quality: Quality of the JPEG files.

    Returns:
        Pictures in it.

    Raises:
        InputError: No VOCdevkit, or no list of its names a picture.
    """
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        small = Path(scratch, "voc")
        years = small_voc(root, small, ALL, long_side, quality)
        if not sum(years.values()):
            raise InputError(f"{root} has no pictures that a list names")
        partial = Path(scratch, NAME)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(small.rglob("*")):
                if path.is_file() and path.parent.name != LEFT_OUT:
                    text = path.suffix in (".txt", ".xml")
                    archive.write(
                        path,
                        path.relative_to(small),
                        zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED,
                    )
        partial.replace(out)
    return sum(years.values())


def unpack(file: Path, folder: Path) -> Path:
    """Takes the pictures out; the VOCdevkit that they are.

    Raises:
        InputError: The file is missing or broken.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            archive.extractall(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"no pack of pictures in {file}: {error}") from error
    return folder
