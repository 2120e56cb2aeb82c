"""A VOCdevkit of drawn pictures, in the real one's layout, for tests."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image, ImageDraw

from ce_plugin.datasets.voc import VOC_CLASSES as CLASSES


def make_voc(
    root: Path,
    years=("2007", "2012"),
    pictures: int = 12,
    size: tuple[int, int] = (96, 80),
    classes=CLASSES[:4],
    seed: int = 0,
) -> Path:
    """Writes ``root/VOC2007`` and so on: each picture holds one or two coloured blocks.

    The colour tells the class, so that a small network can learn it. The first half of
    the pictures is train, the second val; trainval and test name all and the second
    half. ``SegmentationClassAug`` and ``aug.txt`` are there as with the SBD masks.

    Args:
        root: The VOCdevkit.
        years: Which years.
        pictures: Of each year; at least 4.
        size: Width and height of a picture, in pixels.
        classes: Those that occur; the lists name all twenty.
        seed: Of what is drawn.
    """
    rng = np.random.default_rng(seed)
    for year in years:
        folder = Path(root, f"VOC{year}")
        parts = (
            "JPEGImages Annotations ImageSets/Main ImageSets/Segmentation "
            "SegmentationClass SegmentationObject SegmentationClassAug"
        )
        for part in parts.split():
            (folder / part).mkdir(parents=True, exist_ok=True)
        names = [f"{i:06}" if year == "2007" else f"{year}_{i:06}" for i in range(9999)]
        names = names[:pictures]
        labels = {
            n: _draw(folder, n, i, size, classes, rng) for i, n in enumerate(names)
        }
        half = len(names) // 2
        sets = dict(train=names[:half], val=names[half:], trainval=names)
        sets["test"] = sets["val"]
        for split, members in sets.items():
            for kind in ("Main", "Segmentation"):
                _lines(folder / "ImageSets" / kind / f"{split}.txt", members)
            for name in CLASSES:
                rows = [f"{n} {labels[n].get(name, -1):2d}" for n in members]
                _lines(folder / "ImageSets/Main" / f"{name}_{split}.txt", rows)
        _lines(folder / "ImageSets/Segmentation/aug.txt", sets["train"])
    return Path(root)


def _draw(folder, name, number, size, classes, rng) -> dict[str, int]:
    """One picture with its annotations; 1 or, where all are difficult, 0 by class."""
    width, height = size
    noise = rng.integers(90, 130, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    mask, objects = (
        np.zeros((height, width), np.uint8),
        np.zeros((height, width), np.uint8),
    )
    root = ET.Element("annotation")
    ET.SubElement(root, "filename").text = f"{name}.jpg"
    shape = ET.SubElement(root, "size")
    for key, value in zip(("width", "height", "depth"), (width, height, 3)):
        ET.SubElement(shape, key).text = str(value)
    labels: dict[str, int] = {}
    for k in range(1 + number % 2):
        label = classes[(number + k) % len(classes)]
        index = CLASSES.index(label)
        w, h = (int(rng.integers(s // 3, s // 2)) for s in size)
        x = int(rng.integers(0, width - w))
        y = int(rng.integers(0, height - h))
        colour = np.array(
            [40 * (index % 6) + 20, 250 - 60 * (index % 4), 80 * (index % 3)]
        )
        ImageDraw.Draw(picture).rectangle((x, y, x + w, y + h), tuple(map(int, colour)))
        mask[y : y + h, x : x + w] = index + 1
        objects[y : y + h, x : x + w] = k + 1
        mask[y, x : x + w] = objects[y, x : x + w] = 255
        difficult = int(k == 1 and number % 4 == 3)
        item = ET.SubElement(root, "object")
        ET.SubElement(item, "name").text = label
        ET.SubElement(item, "difficult").text = str(difficult)
        box = ET.SubElement(item, "bndbox")
        corners = dict(xmin=x + 1, ymin=y + 1, xmax=x + w, ymax=y + h)
        for key, value in corners.items():
            ET.SubElement(box, key).text = str(value)
        labels[label] = max(labels.get(label, 0), 1 - difficult)
    picture.save(folder / "JPEGImages" / f"{name}.jpg", quality=92)
    ET.ElementTree(root).write(folder / "Annotations" / f"{name}.xml")
    for part, values in (
        ("SegmentationClass", mask),
        ("SegmentationObject", objects),
        ("SegmentationClassAug", mask),
    ):
        # The class masks of the real one are palette pictures, SBD's are grey.
        out = Image.fromarray(values)
        if part != "SegmentationClassAug":
            out = out.convert("P")
            out.putpalette([v for i in range(256) for v in (i, 255 - i, i // 2)])
        out.save(folder / part / f"{name}.png")
    return labels


def _lines(path: Path, lines) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))
