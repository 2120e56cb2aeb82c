"""Pictures of PASCAL VOC, chosen by its lists."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

from .files import is_picture, need_folder, read_lines
from .pictures import PictureDataset

VOC_CLASSES = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair"),
    *("cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant"),
    *("sheep", "sofa", "train", "tvmonitor"),
)
"""The twenty classes in VOC's order."""

_YEAR = re.compile(r"VOC\d{4}")


def voc_folders(root: str) -> list[str]:
    """The year folders of a VOCdevkit relative to it, or [''] for a year's own folder.

    A folder counts if it has ``JPEGImages`` and ``ImageSets/Main``; [] where none does.
    """

    def counts(folder: str) -> bool:
        parts = ("JPEGImages", "ImageSets/Main")
        return all(os.path.isdir(os.path.join(root, folder, part)) for part in parts)

    if counts(""):
        return [""]
    years = filter(_YEAR.fullmatch, os.listdir(root))
    return sorted(year for year in years if counts(year))


def voc_pictures(folder: str) -> dict[str, str]:
    """File names in a year's ``JPEGImages`` by their names without ending.

    VOC's end in ``.jpg``; what people lay beside them may end in ``.JPG`` or ``.png``.
    Of two with one name, the ``.jpg`` counts.
    """
    place = os.path.join(folder, "JPEGImages")
    names = filter(is_picture, os.listdir(place) if os.path.isdir(place) else [])
    ordered = sorted(names, key=lambda name: (name.endswith(".jpg"), name))
    return {os.path.splitext(name)[0]: name for name in ordered}


@DATASETS.register_module()
class VOCImages(PictureDataset):
    """The pictures of one of VOC's lists, of one or several years.

    Args:
        data_root: ``VOCdevkit``, or the folder of one year such as
            ``VOCdevkit/VOC2007``.
        image_set: Name of a list in ``ImageSets/Main``: train, val, trainval, test.
        years: Which years of a VOCdevkit, such as ['2007', '2012']; None: all that are
            there and have the list.
        **options: See :class:`PictureDataset`.

    Raises:
        InputError: No such folder, not of this layout, no such list or year.

    Example:
        >>> import os, tempfile
        >>> from PIL import Image
        >>> root = tempfile.mkdtemp()
        >>> for part in ('JPEGImages', 'ImageSets/Main'):
        ...     os.makedirs(os.path.join(root, 'VOC2007', part))
        >>> year = os.path.join(root, 'VOC2007')
        >>> Image.new('RGB', (40, 30)).save(year + '/JPEGImages/000005.jpg')
        >>> with open(year + '/ImageSets/Main/trainval.txt', 'w') as file:
        ...     _ = file.write('000005')
        >>> VOCImages(root).names
        ['VOC2007/JPEGImages/000005.jpg']
    """

    def __init__(
        self,
        data_root: str,
        image_set: str = "trainval",
        years: Sequence[str | int] | str | int | None = None,
        **options,
    ) -> None:
        root = need_folder(data_root)
        folders = voc_folders(root)
        if not folders:
            raise InputError(
                f"{os.path.abspath(root)} is no VOCdevkit: neither it nor a VOC20xx "
                "folder in it has JPEGImages and ImageSets/Main"
            )
        if years is not None:
            if folders == [""]:
                raise InputError("years are chosen in a VOCdevkit; this is one year")
            years = [years] if isinstance(years, str | int) else years
            wanted = [f"VOC{year}" for year in years]
            absent = [folder for folder in wanted if folder not in folders]
            if absent:
                raise InputError(
                    f"no {', '.join(absent)} in {os.path.abspath(root)}; there are: "
                    f"{', '.join(folders)}"
                )
            folders = wanted
        lists = [os.path.join(f, "ImageSets", "Main", image_set) for f in folders]
        lists = [os.path.join(root, f"{path}.txt") for path in lists]
        there = [os.path.isfile(path) for path in lists]
        if not any(there) or (years is not None and not all(there)):
            raise InputError(
                f"no list {os.path.abspath(lists[there.index(False)])}; set image_set "
                "to the name of one in ImageSets/Main"
            )
        names = []
        for folder, path, found in zip(folders, lists, there):
            if not found:
                continue
            pictures = voc_pictures(os.path.join(root, folder))
            files = set(pictures.values())
            for line in read_lines(path):
                stem = line.split()[0]
                # A list may name the files themselves, with their ending.
                name = stem if stem in files else pictures.get(stem, f"{stem}.jpg")
                names.append(os.path.join(folder, "JPEGImages", name))
        super().__init__(root, names, **options)
