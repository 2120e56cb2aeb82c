"""Checks the data of a detection dataset: lists with XML files, or COCO's JSON."""

from __future__ import annotations

import json
import os
from collections import Counter

from ce_plugin.datasets.files import is_picture
from ce_plugin.errors import InputError

from .annotation import BadAnnotation, read_annotation
from .lists import list_names, need, need_files, refuse_endings
from .report import some


def check_voc_list(
    ann_file: str,
    root: str,
    img_subdir: str = "JPEGImages",
    ann_subdir: str = "Annotations",
) -> Counter[str]:
    """Looks at a list and the pictures and XML files that it names.

    Args:
        ann_file: The list, a name on each line.
        root: The folder of ``img_subdir`` and ``ann_subdir``.
        img_subdir: Where ``<name>.jpg`` lies.
        ann_subdir: Where ``<name>.xml`` lies.

    Returns:
        How many objects of each class there are.

    Raises:
        InputError: The list is missing or empty, pictures or annotations are missing,
            an annotation cannot be read, or none has an object.
    """
    names = list_names(ann_file)
    where = f"{ann_file}, a name without ending on each line"
    refuse_endings(names, ann_file)
    folder = os.path.join(root, img_subdir)
    _refuse_other_endings(names, folder)
    need_files([f"{name}.jpg" for name in names], folder, "pictures", where)
    folder = os.path.join(root, ann_subdir)
    need_files([f"{name}.xml" for name in names], folder, "annotations", where)
    counts: Counter[str] = Counter()
    broken = []
    for name in names:
        try:
            found = read_annotation(os.path.join(folder, f"{name}.xml"))
        except BadAnnotation as error:
            broken.append(f"{name}.xml ({error})")
        else:
            counts.update(item.name for item in found.objects)
    if broken:
        raise InputError(
            f"{len(broken)} of {len(names)} annotations in {os.path.abspath(folder)} "
            f"cannot be read: {some(broken)}; mend them or take them off {ann_file}"
        )
    if not counts:
        raise InputError(
            f"none of the {len(names)} annotations of {ann_file} has an object"
        )
    return counts


def _refuse_other_endings(names: list[str], folder: str) -> None:
    if not os.path.isdir(folder):
        return  # which is told next
    there = set(os.listdir(folder))
    stems = {os.path.splitext(n)[0]: n for n in sorted(there) if is_picture(n)}
    others = [n for n in names if f"{n}.jpg" not in there and n in stems]
    if others:
        raise InputError(
            f"{len(others)} of {len(names)} pictures in {os.path.abspath(folder)} end "
            f"otherwise than .jpg, such as {stems[others[0]]}, and mmdet reads .jpg "
            "alone here; `prepare_data coco` writes files that name any picture, for "
            "configs/own"
        )


def check_coco_file(ann_file: str, folder: str) -> Counter[str]:
    """Looks at a file of COCO's format and the pictures that it names.

    Args:
        ann_file: The JSON file.
        folder: Where the pictures lie.

    Returns:
        How many annotations of each category there are, 0 where none.

    Raises:
        InputError: The file is missing, not of this format or an empty split, or
            pictures are missing.
    """
    need(ann_file, "annotation file", "ann_file and data_root")
    try:
        with open(ann_file, encoding="utf-8") as file:
            content = json.load(file)
        names = {c["id"]: c["name"] for c in content["categories"]}
        pictures = [picture["file_name"] for picture in content["images"]]
        kinds = Counter(item["category_id"] for item in content.get("annotations", ()))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{os.path.abspath(ann_file)} is no file of COCO's format "
            f"({type(error).__name__}: {error}); it has images, annotations and "
            "categories"
        ) from error
    if not pictures:
        raise InputError(f"an empty split: {ann_file} names no picture")
    strange = [repr(name) for name in pictures if not isinstance(name, str)]
    if strange:
        raise InputError(
            f"{len(strange)} of {len(pictures)} file_name in {ann_file} are no text: "
            f"{some(strange)}; give a picture's name in each"
        )
    foreign = sorted(map(str, set(kinds) - set(names)))
    if foreign:
        raise InputError(
            f"annotations of {ann_file} are of categories that it does not define: "
            f"{some(foreign)}"
        )
    need_files(pictures, folder, "pictures", ann_file)
    return Counter({name: kinds[key] for key, name in names.items()})
