"""A small copy of a VOCdevkit, for tests and first tries."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image

from ce_plugin.datasets.files import need_folder
from ce_plugin.datasets.voc import voc_folders
from ce_plugin.errors import InputError

KINDS = ("Main", "Segmentation")
MASKS = ("SegmentationClass", "SegmentationObject", "SegmentationClassAug")
# Where other lists are part of them, these get their pictures from those.
UNIONS = {"trainval", "trainaug"}


def small_voc(
    root: str | Path,
    out: str | Path,
    pictures: int,
    long_side: int = 320,
    quality: int = 90,
) -> dict[str, int]:
    """Writes a part of a VOCdevkit: its lists cut, its pictures made small.

    Pictures, boxes and masks are scaled together; what is small enough is copied as it
    is. The pictures are taken from all lists in turn, in an order that depends on their
    names only. ``out`` appears when it is whole.

    Args:
        root: ``VOCdevkit``, or one year's folder.
        out: Where the copy goes; it must not be there.
        pictures: Number of pictures of each year.
        long_side: Longest side of a picture, at most, in pixels.
        quality: JPEG quality of the files that are made smaller.

    Returns:
        Pictures of each year.

    Raises:
        InputError: No VOCdevkit, ``out`` is there, too few pictures asked for, or a
            file that a list names is missing or broken.
    """
    root, out = need_folder(root), Path(out)
    years = voc_folders(root)
    if not years:
        raise InputError(f"{os.path.abspath(root)} is no VOCdevkit nor a year of one")
    if long_side < 16:
        raise InputError(f"long_side is at least 16 pixels, not {long_side}")
    if out.exists():
        raise InputError(f"{out.absolute()} is there already; give another name")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        done = {
            year: _year(Path(root, year), part / year, pictures, long_side, quality)
            for year in years
        }
        part.chmod(0o755)
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return done


def _year(folder: Path, out: Path, pictures: int, long_side: int, quality: int) -> int:
    lists = {
        (kind, path.stem): path.read_text(encoding="utf-8").splitlines()
        for kind in KINDS
        for path in sorted(folder.glob(f"ImageSets/{kind}/*.txt"))
    }
    names = _choose(lists, pictures, folder)
    for (kind, name), lines in lists.items():
        kept = [line for line in lines if line.strip() and line.split()[0] in names]
        _write(out / "ImageSets" / kind / f"{name}.txt", "\n".join([*kept, ""]))
    for name in sorted(names):
        try:
            _picture(folder, out, name, long_side, quality)
        except FileNotFoundError as error:
            raise InputError(f"{error.filename} is missing, but is listed") from error
        except (OSError, ET.ParseError, ValueError, AttributeError) as error:
            if getattr(error, "errno", None) is not None:
                raise  # the disk's fault, not the file's
            raise InputError(f"{name} of {folder} cannot be read: {error}") from error
    return len(names)


def _choose(lists: dict, pictures: int, folder: Path) -> set[str]:
    """Names from all lists in turn, so that none of them comes out empty."""
    orders: dict[tuple, list[str]] = {}
    for (kind, split), lines in lists.items():
        rows = [line.split() for line in lines if line.strip()]
        # Two columns: a class's list, which names what its split does.
        if rows and all(len(row) == 1 for row in rows):
            order = orders[kind, split] = sorted({row[0] for row in rows})
            random.Random(0).shuffle(order)
    known = {key: set(order) for key, order in orders.items()}
    parts = [names for (_, split), names in known.items() if split not in UNIONS]
    orders = [
        order
        for (kind, split), order in orders.items()
        if split not in UNIONS or not any(p <= known[kind, split] for p in parts)
    ]
    if not orders:
        raise InputError(f"no list with names in {folder}/ImageSets")
    if pictures < len(orders):
        raise InputError(
            f"{folder} has {len(orders)} lists; ask for at least as many pictures"
        )
    names: set[str] = set()
    while len(names) < pictures and any(orders):
        for order in orders:
            # What another list has brought counts for this one too.
            while order and order[-1] in names:
                order.pop()
            if order and len(names) < pictures:
                names.add(order.pop())
    return names


def _picture(folder: Path, out: Path, name: str, long_side: int, quality: int) -> None:
    source = folder / "JPEGImages" / f"{name}.jpg"
    with Image.open(source) as image:
        size = image.size
        scale = min(1.0, long_side / max(size))
        new = tuple(max(1, round(side * scale)) for side in size)
        target = _place(out / "JPEGImages" / source.name)
        if new == size:
            shutil.copyfile(source, target)
        else:
            image.convert("RGB").resize(new, Image.Resampling.LANCZOS).save(
                target, quality=quality
            )
    for kind in MASKS:
        mask = folder / kind / f"{name}.png"
        if mask.is_file():
            target = _place(out / kind / mask.name)
            with Image.open(mask) as image:
                if image.size != size:
                    raise ValueError(f"{mask} has another size than the picture")
                if new == size:
                    shutil.copyfile(mask, target)
                else:
                    image.resize(new, Image.Resampling.NEAREST).save(target)
    annotation = folder / "Annotations" / f"{name}.xml"
    if annotation.is_file():
        target = _place(out / "Annotations" / annotation.name)
        if new == size:
            shutil.copyfile(annotation, target)
        else:
            tree = ET.parse(annotation)
            _scale(tree.getroot(), size, new)
            tree.write(target)


def _scale(root: ET.Element, size: tuple[int, int], new: tuple[int, int]) -> None:
    """Moves all boxes and points; VOC counts from 1 and includes the last pixel."""
    noted = root.find("size")
    if noted is not None:
        noted.find("width").text, noted.find("height").text = map(str, new)
    for box in root.iter("bndbox"):
        for axis, old, now in zip("xy", size, new):
            low, high = box.find(f"{axis}min"), box.find(f"{axis}max")
            first = min(round((float(low.text) - 1) * now / old), now - 1)
            last = min(round(float(high.text) * now / old), now)
            low.text = str(max(first, 0) + 1)
            high.text = str(max(last, first + 1))
    for point in root.iter("point"):
        for axis, old, now in zip("xy", size, new):
            place = point.find(axis)
            place.text = str(float(place.text) * now / old)


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write(path: Path, text: str) -> None:
    _place(path).write_text(text, encoding="utf-8")
