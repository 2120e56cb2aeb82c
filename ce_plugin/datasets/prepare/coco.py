"""VOC's XML annotations as files of COCO's format, which name any picture file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ce_plugin.datasets.check.annotation import BadAnnotation, read_annotation
from ce_plugin.datasets.check.labels import picture_size
from ce_plugin.datasets.files import need_folder, read_lines
from ce_plugin.datasets.voc import VOC_CLASSES, voc_folders, voc_pictures
from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic


def voc_to_coco(root: str, out: str, splits: Sequence[str]) -> dict[str, str]:
    """Writes ``<out>/<split>.json`` for lists of one year's folder.

    Boxes are [left, top, width, height] from 0; objects marked difficult become crowds,
    which are neither learned nor counted. Categories are the names that occur, sorted,
    or in VOC's order where all are VOC's. Pictures may end as they like,
    the annotation's own file name does not matter, and pictures without an object stay.

    Args:
        root: A folder with ``JPEGImages``, ``Annotations`` and ``ImageSets/Main``.
        out: A folder, made if needed.
        splits: Names of lists in ``ImageSets/Main``.

    Returns:
        What was written, by path: pictures and objects, in words.

    Raises:
        InputError: A folder, list, picture or annotation is missing or broken. Nothing
            has been written then.
    """
    root = need_folder(root)
    if voc_folders(root) != [""]:
        raise InputError(
            f"{os.path.abspath(root)} is not one year's folder: it has no JPEGImages "
            "and ImageSets/Main; give VOCdevkit/VOC2007, say"
        )
    pictures = voc_pictures(root)
    read = {split: _read(root, split, pictures) for split in splits}
    names = {
        item.name
        for found in read.values()
        for _, _, objects in found
        for item in objects
    }
    known = [name for name in VOC_CLASSES if name in names]
    classes = known if len(known) == len(names) else sorted(names)
    done = {}
    Path(out).mkdir(parents=True, exist_ok=True)
    for split, found in read.items():
        path = Path(out, f"{split}.json")
        content = _content(found, classes)
        write_atomic(path, json.dumps(content))
        count = len(content["annotations"])
        done[str(path)] = (
            f"{len(found)} pictures, {count} objects of {', '.join(classes)}"
        )
    return done


def _read(root: str, split: str, pictures: dict[str, str]) -> list[tuple]:
    """File name, size and objects of each picture of a list."""
    found, files = [], set(pictures.values())
    for line in read_lines(os.path.join(root, "ImageSets", "Main", f"{split}.txt")):
        name = line.split()[0]
        stem = os.path.splitext(name)[0] if name in files else name
        path = os.path.join(root, "Annotations", f"{stem}.xml")
        if stem not in pictures:
            raise InputError(
                f"no picture {stem} in JPEGImages, which {split}.txt names"
            )
        size = picture_size(os.path.join(root, "JPEGImages", pictures[stem]))
        if size is None:
            raise InputError(f"JPEGImages/{pictures[stem]} is no picture that opens")
        try:
            objects = read_annotation(path).objects
        except FileNotFoundError as error:
            raise InputError(f"no annotation {os.path.abspath(path)}") from error
        except BadAnnotation as error:
            raise InputError(f"{os.path.abspath(path)}: {error}") from error
        found.append((pictures[stem], size, objects))
    return found


def _content(found: Sequence[tuple], classes: Sequence[str]) -> dict:
    numbers = {name: number for number, name in enumerate(classes, 1)}
    images, annotations = [], []
    for image, (file, (width, height), objects) in enumerate(found, 1):
        images.append(dict(id=image, file_name=file, width=width, height=height))
        for item in objects:
            left, top, right, bottom = item.box
            box = [left - 1, top - 1, right - left + 1, bottom - top + 1]
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image,
                    category_id=numbers[item.name],
                    bbox=box,
                    area=box[2] * box[3],
                    iscrowd=int(item.difficult),
                )
            )
    categories = [dict(id=number, name=name) for name, number in numbers.items()]
    return dict(images=images, annotations=annotations, categories=categories)
