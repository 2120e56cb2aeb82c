"""Pictures of PASCAL VOC with the classes in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import torch
from mmengine.logging import print_log

from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

from .files import NO_XML, read_lines
from .labelled import Labelled
from .voc import VOC_CLASSES, VOCImages

POSITIVE, DIFFICULT, NEGATIVE = 1, 0, -1


@DATASETS.register_module()
class VOCLabels(Labelled, VOCImages):
    """The pictures of one of VOC's lists, each with its twenty labels.

    ``gt_label`` of a sample is an int8 tensor (20,) in the order of ``VOC_CLASSES``: 1
    where the class is there, 0 where all its objects are difficult (to be ignored), -1
    where it is not. It comes from the official lists ``ImageSets/Main/<class>_<image
    set>.txt``; for a class without such a list from the objects in ``Annotations``,
    by the same rule. ``metainfo['data']['labels']`` says which.

    A picture that is missing or cannot be read is an error and not passed over.

    Args:
        data_root: ``VOCdevkit``, or the folder of one year.
        image_set: train, val, trainval or test.
        years: Which years of a VOCdevkit; None: all that are there and have the list.
        **options: See :class:`PictureDataset`.

    Attributes:
        labels: All labels, int8 (pictures, 20), in the order of ``names``.

    Raises:
        InputError: See :class:`VOCImages`; a list without one of the pictures, or
            with other values than 1, 0 and -1; an annotation that is missing, broken or
            names an unknown class.

    Example:
        >>> import os, tempfile
        >>> from PIL import Image
        >>> root = tempfile.mkdtemp()
        >>> for part in ('JPEGImages', 'Annotations', 'ImageSets/Main'):
        ...     os.makedirs(os.path.join(root, part))
        >>> Image.new('RGB', (40, 30)).save(root + '/JPEGImages/000005.jpg')
        >>> with open(root + '/ImageSets/Main/train.txt', 'w') as file:
        ...     _ = file.write('000005')
        >>> with open(root + '/Annotations/000005.xml', 'w') as file:
        ...     _ = file.write('<a><object><name>bird</name></object></a>')
        >>> VOCLabels(root, 'train')[0]['data_samples'].gt_label[:4]
        tensor([-1, -1,  1, -1], dtype=torch.int8)
    """

    def __init__(
        self,
        data_root: str,
        image_set: str = "trainval",
        years: Sequence[str | int] | None = None,
        **options,
    ) -> None:
        super().__init__(data_root, image_set, years, **options)
        by_year: dict[str, list[str]] = {}
        for name in self.names:
            by_year.setdefault(_year_of(name), []).append(_stem(name))
        rows: dict[tuple[str, str], list[int]] = {}
        unlisted: set[str] = set()
        for year, stems in by_year.items():
            folder = os.path.join(self.root, year)
            labels, missing = _labels_of_year(folder, image_set, stems)
            unlisted |= set(missing)
            rows |= {(year, stem): row for stem, row in labels.items()}
        self.labels = torch.tensor(
            [rows[_year_of(name), _stem(name)] for name in self.names],
            dtype=torch.int8,
        )
        self._source = "class lists"
        if unlisted:
            self._source = "Annotations"
            if len(unlisted) < len(VOC_CLASSES):
                names = ", ".join(sorted(unlisted))
                self._source = f"class lists; Annotations for {names}"
            print_log(
                f"{os.path.abspath(self.root)}: no ImageSets/Main/<class>_{image_set}"
                f".txt for {len(unlisted)} classes; their labels come from Annotations",
                logger="current",
            )

    @property
    def metainfo(self) -> dict[str, Any]:
        """The dataset's description, with ``classes`` and the source of the labels."""
        meta = super().metainfo
        meta["data"]["labels"] = self._source
        return dict(meta, classes=VOC_CLASSES)


def _year_of(name: str) -> str:
    return os.path.dirname(os.path.dirname(name))


def _stem(name: str) -> str:
    return os.path.splitext(os.path.basename(name))[0]


def _labels_of_year(
    folder: str, image_set: str, stems: Sequence[str]
) -> tuple[dict[str, list[int]], list[str]]:
    """Labels by picture, and the classes for which there is no list."""
    columns: dict[str, dict[str, int]] = {}
    for name in VOC_CLASSES:
        path = os.path.join(folder, "ImageSets", "Main", f"{name}_{image_set}.txt")
        if os.path.isfile(path):
            columns[name] = _read_list(path, stems)
    missing = [name for name in VOC_CLASSES if name not in columns]
    if missing:
        seen = {stem: _read_annotation(folder, stem) for stem in stems}
        for name in missing:
            columns[name] = {s: seen[s].get(name, NEGATIVE) for s in stems}
    rows = {stem: [columns[name][stem] for name in VOC_CLASSES] for stem in stems}
    return rows, missing


def _read_list(path: str, stems: Iterable[str]) -> dict[str, int]:
    full, labels = os.path.abspath(path), {}
    for line in read_lines(path):
        stem, *value = line.split()
        if value not in (["1"], ["0"], ["-1"]):
            raise InputError(
                f"{full}: {line!r} is not the name of a picture and 1, 0 or -1"
            )
        labels[stem] = int(value[0])
    absent = [stem for stem in stems if stem not in labels]
    if absent:
        raise InputError(
            f"{full} says nothing about {len(absent)} of the pictures, the first: "
            f"{absent[0]}; the lists of a set belong together"
        )
    return labels


def _read_annotation(folder: str, stem: str) -> dict[str, int]:
    """1 for each class of which an object is not difficult, 0 where all are."""
    path = os.path.abspath(os.path.join(folder, "Annotations", f"{stem}.xml"))
    try:
        objects = ET.parse(path).getroot().findall("object")
    except FileNotFoundError as error:
        raise InputError(
            f"no annotation {path}, and no list of its classes in ImageSets/Main"
        ) from error
    except NO_XML as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    labels: dict[str, int] = {}
    for item in objects:
        name = item.findtext("name", "").strip()
        if name not in VOC_CLASSES:
            raise InputError(f"{path}: an object {name!r} is none of VOC's classes")
        easy = item.findtext("difficult", "0").strip() != "1"
        labels[name] = max(labels.get(name, DIFFICULT), POSITIVE if easy else DIFFICULT)
    return labels
