"""Invented data in the layouts that suites read, for dry runs and tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from ce_plugin.datasets.proposals.files import write as write_proposals
from ce_plugin.datasets.voc import VOC_CLASSES

SIZE = (96, 72)
"""Width and height of a picture, in pixels."""
_VOC_PARTS = {"2007": ("train", "val", "test"), "2012": ("train", "val")}
_OFTEN = ("cat", "cow", "dog", "horse", "person", "sheep")


def make_voc(root: Path, pictures: int = 12) -> Path:
    """A VOCdevkit with VOC2007 and VOC2012.

    Args:
        root: Folder of the devkit.
        pictures: Number of pictures of each of train, val and test. Each has two of six
            classes, so that every class is in a third of them.
    """
    rng = np.random.default_rng(0)
    for year, parts in _VOC_PARTS.items():
        folder = Path(root, f"VOC{year}")
        lists: dict[str, list[str]] = {}
        number = 0
        for part in parts:
            lists[part] = []
            for _ in range(pictures):
                name = f"{number:06}" if year == "2007" else f"2012_{number:06}"
                _voc_picture(folder, name, number, rng)
                lists[part].append(name)
                number += 1
        lists["trainval"] = lists["train"] + lists["val"]
        lists["aug"] = lists["trainaug"] = lists["train"]
        for kind in ("Main", "Segmentation"):
            at = _made(folder / "ImageSets" / kind)
            for part, names in lists.items():
                (at / f"{part}.txt").write_text("".join(f"{n}\n" for n in names))
    return Path(root)


def make_voc_for_paper(root: Path, pictures: int = 12) -> Path:
    """:func:`make_voc` with the lists and the proposals of the paper's Table 2.

    Args:
        root: Folder of the devkit.
        pictures: See :func:`make_voc`.
    """
    make_voc(root, pictures)
    lists = Path(root, "VOC2012", "ImageSets", "Segmentation")
    for name, part in dict(sbd_train="train", seg11valid="val").items():
        (lists / f"{name}.txt").write_text((lists / f"{part}.txt").read_text())
    rng, year = np.random.default_rng(0), Path(root, "VOC2007")
    for split in ("trainval", "test"):
        names = (year / "ImageSets" / "Main" / f"{split}.txt").read_text().split()
        low, high = rng.uniform(0, 0.4, (2, len(names), 30, 2)) * SIZE
        boxes = np.concatenate([low, np.asarray(SIZE) - 1 - high], axis=-1)
        file = year / f"selective_search_{split}.pkl"
        write_proposals(file, dict(zip(names, boxes)))
    return Path(root)


def make_digits(root: Path, train: int = 120, test: int = 40) -> Path:
    """A folder as torchvision's MNIST has it; digit d has a bar of d + 1 rows.

    Args:
        root: Folder to write into.
        train: Number of digits to learn from, as many of each.
        test: Number of digits to judge on, as many of each.
    """
    rng = np.random.default_rng(0)
    for part, count in dict(train=train, t10k=test).items():
        labels = np.arange(count) % 10
        digits = rng.integers(0, 60, (count, 28, 28))
        for digit, label in zip(digits, labels):
            digit[6 : 7 + label, 4:24] += 190
        write_digits(root, part, digits, labels)
    return Path(root)


def write_digits(root: Path, part: str, digits: np.ndarray, labels: np.ndarray) -> None:
    """Writes one part of a folder of torchvision's MNIST.

    Args:
        root: Folder to write into.
        part: 'train' or 't10k'.
        digits: (N, 28, 28) in 0..255.
        labels: (N,) in 0..9.
    """
    folder = _made(Path(root, "MNIST", "raw"))
    for kind, values in (("images-idx3", digits), ("labels-idx1", labels)):
        head = np.array([0x800 + values.ndim, *values.shape], ">i4")
        data = head.tobytes() + values.astype(np.uint8).tobytes()
        (folder / f"{part}-{kind}-ubyte").write_bytes(data)


def make_class_folders(
    root: Path, classes: Sequence[str] = ("n01", "n02", "n03"), pictures: int = 6
) -> Path:
    """``train/CLASS/`` and ``val/CLASS/`` as ImageNet has them.

    Args:
        root: Folder of both parts.
        classes: Names of the class folders.
        pictures: Number of pictures of each class in each part.
    """
    rng = np.random.default_rng(0)
    for part in ("train", "val"):
        for index, name in enumerate(classes):
            folder = _made(Path(root, part, name))
            for i in range(pictures):
                picture, _ = _blocks([index], rng)
                Image.fromarray(picture).save(folder / f"{name}_{i}.JPEG")
    return Path(root)


def make_segmentation_folder(
    root: Path,
    classes: Sequence[str],
    pictures: int = 20,
    unlabelled: int | None = None,
) -> Path:
    """``train``, ``trainannot``, ``val``, ``valannot``: pictures and masks.

    Masks hold the number of the class; what is between the blocks belongs to the first,
    a frame to none.

    Args:
        root: Folder of the four.
        classes: Names of the classes.
        pictures: Number of pictures of each part.
        unlabelled: Number of what belongs to no class; None: the one after the last.
    """
    rng = np.random.default_rng(0)
    for part in ("train", "val"):
        images, masks = _made(Path(root, part)), _made(Path(root, f"{part}annot"))
        for i in range(pictures):
            chosen = [(2 * i + k) % len(classes) for k in range(2)]
            picture, mask = _blocks(chosen, rng)
            mask = np.maximum(mask.astype(int) - 1, 0).astype(np.uint8)
            mask[:2] = len(classes) if unlabelled is None else unlabelled
            Image.fromarray(picture).save(images / f"{i:04}.png")
            Image.fromarray(mask).save(masks / f"{i:04}.png")
    return Path(root)


def _voc_picture(
    folder: Path, name: str, number: int, rng: np.random.Generator
) -> None:
    # A step further in every round: each third picture, too, has all of them.
    first = number + number // len(_OFTEN)
    labels = [_OFTEN[(first + k) % len(_OFTEN)] for k in range(2)]
    indices = [VOC_CLASSES.index(label) for label in labels]
    picture, mask = _blocks(indices, rng)
    Image.fromarray(picture).save(_made(folder / "JPEGImages") / f"{name}.jpg")
    top = ET.Element("annotation")
    _add(top, "filename", f"{name}.jpg")
    size = ET.SubElement(top, "size")
    for key, value in zip(("width", "height", "depth"), (*SIZE, 3)):
        _add(size, key, value)
    for label, index in zip(labels, indices):
        rows, columns = np.nonzero(mask == index + 1)
        item = ET.SubElement(top, "object")
        _add(item, "name", label)
        _add(item, "difficult", 0)
        box = ET.SubElement(item, "bndbox")
        _add(box, "xmin", columns.min() + 1)
        _add(box, "ymin", rows.min() + 1)
        _add(box, "xmax", columns.max() + 1)
        _add(box, "ymax", rows.max() + 1)
    ET.ElementTree(top).write(_made(folder / "Annotations") / f"{name}.xml")
    for part in ("SegmentationClass", "SegmentationClassAug"):
        image = Image.fromarray(mask)
        if part == "SegmentationClass":
            # A palette picture, as VOC has them.
            image = image.convert("P")
            image.putpalette([v for i in range(256) for v in (i, 255 - i, i // 2)])
        image.save(_made(folder / part) / f"{name}.png")


def _blocks(
    indices: Sequence[int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a coloured block a class, side by side; the mask has index + 1."""
    width, height = SIZE
    picture = rng.integers(90, 130, (height, width, 3), dtype=np.uint8)
    mask = np.zeros((height, width), np.uint8)
    room = width // len(indices)
    for k, index in enumerate(indices):
        w, h = rng.integers(room // 2, room - 4), rng.integers(height // 2, height - 4)
        x = k * room + rng.integers(0, room - w)
        y = rng.integers(0, height - h)
        colour = (40 * (index % 6) + 20, 250 - 60 * (index % 4), 80 * (index % 3))
        picture[y : y + h, x : x + w] = colour
        mask[y : y + h, x : x + w] = index + 1
    return picture, mask


def _add(parent: ET.Element, name: str, value: object) -> None:
    ET.SubElement(parent, name).text = str(value)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
